import assert from "node:assert/strict";
import { pack, packWeights } from "../../bench/page/content.ts";
import { fromPlanes, fromText, inflate, planesOf, toText } from "../../page/packed.ts";

const bytes = (length: number) => Uint8Array.from({ length }, (_, i) => i * i * 31 + 7 * i);

Deno.test("fromText() undoes toText(), whatever the length", () => {
  for (let length = 0; length < 12; length++) {
    assert.deepEqual(fromText(toText(bytes(length))), bytes(length));
  }
  const extremes = Uint8Array.from([255, 255, 255, 255, 0, 0, 0, 0, 255]);
  assert.deepEqual(fromText(toText(extremes)), extremes);
});

Deno.test("toText() writes nothing that means anything in HTML", () => {
  // "&" stands for itself inside a script, and only "<" begins its end
  assert.doesNotMatch(toText(bytes(50_000)), /[<"\\\s]/);
});

Deno.test("fromText() refuses what is no packed text", () => {
  assert.throws(() => fromText("#ab<de"), /^SyntaxError: Cannot unpack: expected packed text, got "<" at 3/);
});

Deno.test("weights come out of a page bit for bit, with their signs, infinitesimals and NaNs", async () => {
  const floats = Float32Array.of(0, -0, 1, -1, 1e-45, 3.4e38, Math.PI, Infinity, NaN, 0.1, -0.1);
  assert.deepEqual(fromPlanes(planesOf(floats)), floats);
  assert.deepEqual(fromPlanes(await inflate(fromText(packWeights(floats)))), floats);
});

Deno.test("inflate() undoes pack() of what is long", async () => {
  const long = bytes(300_000);
  assert.deepEqual(await inflate(fromText(pack(long))), long);
});
