import assert from "node:assert/strict";
import { encodeIdx, parseIdx, parseIdxImages, parseIdxLabels } from "../../data/idx.ts";
import { DataError } from "../../data/types.ts";

function dataError(message: string | RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof DataError);
    if (typeof message === "string") assert.equal(error.message, message);
    else assert.match(error.message, message);
    assert.ok(!error.message.includes("\n"));
    return true;
  };
}

/** Two images, written by hand: magic, 2, 28, 28, pixels. */
function twoImages(): Uint8Array {
  const bytes = new Uint8Array(16 + 2 * 784);
  bytes.set([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 28, 0, 0, 0, 28]);
  for (let pixel = 0; pixel < 2 * 784; pixel++) bytes[16 + pixel] = pixel % 251;
  return bytes;
}

Deno.test("parseIdxImages() returns the pixels after the header", () => {
  const bytes = twoImages();
  assert.deepEqual(parseIdxImages("images", bytes), bytes.slice(16));
});

Deno.test("parseIdxImages() reads a file that begins inside a larger buffer", () => {
  const bytes = twoImages();
  const larger = new Uint8Array(bytes.length + 7);
  larger.set(bytes, 5);
  assert.deepEqual(parseIdxImages("images", larger.subarray(5, 5 + bytes.length)), bytes.slice(16));
});

Deno.test("parseIdxLabels() returns the digits after the header", () => {
  const bytes = Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 3, 9, 0, 5);
  assert.deepEqual(parseIdxLabels("labels", bytes), Uint8Array.of(9, 0, 5));
});

Deno.test("encodeIdx() writes the header of the format and what parseIdx() reads", () => {
  assert.deepEqual(encodeIdx(Uint8Array.of(9, 0, 5), [3]), Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 3, 9, 0, 5));
  assert.deepEqual(encodeIdx(twoImages().slice(16), [2, 28, 28]), twoImages());
  const { dimensions } = parseIdx("images", encodeIdx(new Uint8Array(300 * 2), [300, 1, 2]), { rank: 3 });
  assert.deepEqual(dimensions, [300, 1, 2]);
  assert.throws(() => encodeIdx(new Uint8Array(5), [2, 3]), RangeError);
});

Deno.test("parseIdxImages() names the file, the expected and the found magic", () => {
  const labels = Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 1, 4);
  assert.throws(
    () => parseIdxImages("images", labels),
    dataError(
      'Cannot read "images": expected magic 0x00000803, got 0x00000801; take this file from its source again',
    ),
  );
  const gzip = Uint8Array.of(0x1f, 0x8b, 8, 8, 0, 0);
  assert.throws(
    () => parseIdxImages("images", gzip),
    dataError(
      'Cannot read "images": expected magic 0x00000803, got 0x1f8b0808; decompress the gzip file first',
    ),
  );
});

Deno.test("parseIdxImages() refuses a file that is empty, cut or too long", () => {
  const whole = twoImages();
  assert.throws(() => parseIdxImages("images", new Uint8Array(0)), dataError(/16 bytes, got an empty file;/));
  assert.throws(() => parseIdxImages("images", whole.subarray(0, 3)), dataError(/16 bytes, got 3;/));
  assert.throws(() => parseIdxImages("images", whole.subarray(0, 15)), dataError(/16 bytes, got 15;/));
  assert.throws(
    () => parseIdxImages("images", whole.subarray(0, 1000)),
    dataError(
      'Cannot read "images": expected 1584 bytes (its header says [2,28,28]), got 1000; ' +
        "take this file from its source again",
    ),
  );
  assert.throws(
    () => parseIdxImages("images", Uint8Array.of(...whole, 0)),
    dataError(/1584 bytes .*got 1585;/),
  );
});

Deno.test("parseIdxImages() refuses other sizes, and dimensions whose product overflows", () => {
  const narrow = encodeIdx(new Uint8Array(2 * 28 * 27), [2, 28, 27]);
  assert.throws(() => parseIdxImages("images", narrow), dataError(/28×28 pixels, got 28×27;/));
  const hostile = twoImages();
  hostile.fill(0xff, 4, 16);
  assert.throws(() => parseIdxImages("images", hostile), dataError(/got 1584;/));
});

Deno.test("parseIdxLabels() refuses a label above 9", () => {
  const bytes = Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 3, 9, 10, 5);
  assert.throws(
    () => parseIdxLabels("labels", bytes),
    dataError(
      'Cannot read "labels": expected labels from 0 to 9, got 10 at index 1; take this file from its source again',
    ),
  );
});
