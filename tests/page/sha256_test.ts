import assert from "node:assert/strict";
import { createHash as nodeHash } from "node:crypto";
import { createHash } from "../../page/sha256.ts";

const bytes = (length: number) => Uint8Array.from({ length }, (_, i) => i * 37 + (i >> 3));

Deno.test("createHash() gives what node:crypto gives, at every length around a block", () => {
  for (const length of [0, 1, 55, 56, 57, 63, 64, 65, 119, 120, 128, 1000, 100_003]) {
    const wanted = nodeHash("sha256").update(bytes(length)).digest("hex");
    assert.equal(createHash("sha256").update(bytes(length)).digest("hex"), wanted, `${length} bytes`);
  }
});

Deno.test("createHash() takes bytes in any pieces, and no other hash", () => {
  const hash = createHash("sha256");
  for (const piece of [bytes(70), bytes(3), bytes(0), bytes(64)]) hash.update(piece);
  const whole = Uint8Array.from([...bytes(70), ...bytes(3), ...bytes(64)]);
  assert.equal(hash.digest("hex"), nodeHash("sha256").update(whole).digest("hex"));
  assert.throws(() => createHash("md5"), /^RangeError: Cannot hash: expected "sha256", got "md5"/);
});
