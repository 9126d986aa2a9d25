import { deepEqual } from "node:assert/strict";
import { philox4x32 } from "../../random/philox.ts";

// Random123 1.14, tests/kat_vectors, the three lines "philox4x32 10": counter, key, expected words.
const KNOWN_ANSWERS = [
  "00000000 00000000 00000000 00000000 00000000 00000000 6627e8d5 e169c58d bc57ac4c 9b00dbd8",
  "ffffffff ffffffff ffffffff ffffffff ffffffff ffffffff 408f276d 41c83b0e a20bc7c6 6d5451fd",
  "243f6a88 85a308d3 13198a2e 03707344 a4093822 299f31d0 d16cfe09 94fdcceb 5001e420 24126ea1",
];

Deno.test("philox4x32() gives Random123's known answers", () => {
  for (const line of KNOWN_ANSWERS) {
    const words = line.split(" ").map((word) => parseInt(word, 16));
    const out = new Uint32Array(4);
    philox4x32(words[0], words[1], words[2], words[3], words[4], words[5], out);
    deepEqual([...out], words.slice(6));
  }
});

Deno.test("philox4x32() reads signed and unsigned words alike", () => {
  const signed = new Uint32Array(4), unsigned = new Uint32Array(4);
  philox4x32(-1, -2, -3, -4, -5, -6, signed);
  philox4x32(0xffffffff, 0xfffffffe, 0xfffffffd, 0xfffffffc, 0xfffffffb, 0xfffffffa, unsigned);
  deepEqual(signed, unsigned);
});
