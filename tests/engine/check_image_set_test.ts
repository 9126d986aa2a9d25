import assert from "node:assert/strict";
import { checkImageSets } from "../../engine/check_image_set.ts";
import type { ImageSet } from "../../engine/engine.ts";

function setOf(images: number, labels = images): ImageSet {
  return { images: new Uint8Array(images * 784), labels: new Uint8Array(labels) };
}

const GOOD = setOf(3);

function refused(set: unknown, kind: typeof TypeError | typeof RangeError, message: string): void {
  for (const use of ["training", "test"] as const) {
    const sets = { train: GOOD, test: GOOD, [use === "test" ? "test" : "train"]: set as ImageSet };
    assert.throws(() => checkImageSets(sets), (error: unknown) => {
      assert.ok(error instanceof kind);
      assert.equal(error.message, message.replaceAll("USE", use));
      return true;
    });
  }
}

Deno.test("checkImageSets() takes whole sets, shared memory included", () => {
  checkImageSets({ train: GOOD, test: setOf(1) });
  const images = new Uint8Array(new SharedArrayBuffer(784));
  checkImageSets({ train: { images, labels: Uint8Array.of(9) }, test: GOOD });
});

Deno.test("checkImageSets() refuses another number of labels than of images", () => {
  refused(
    setOf(100, 256),
    RangeError,
    "Cannot train: expected 256 USE images of 784 bytes for 256 labels, got 78400 bytes (100 images); " +
      "pass a label for each image",
  );
  refused(
    { images: new Uint8Array(1176), labels: new Uint8Array(2) },
    RangeError,
    "Cannot train: expected 2 USE images of 784 bytes for 2 labels, got 1176 bytes (1.5 images); " +
      "pass a label for each image",
  );
});

Deno.test("checkImageSets() refuses what is no Uint8Array, and says what it is", () => {
  const pixels = "pass pixels from 0 to 255, which the engine normalizes";
  for (const images of [new Float32Array(784), new Uint8ClampedArray(784), new Array(784).fill(0)]) {
    refused(
      { images, labels: new Uint8Array(1) },
      TypeError,
      `Cannot train: expected the USE images as a Uint8Array, got ${images.constructor.name}; ${pixels}`,
    );
  }
  const start = "Cannot train: expected the USE";
  refused(undefined, TypeError, `${start} images as a Uint8Array, got undefined; ${pixels}`);
  refused({ images: null }, TypeError, `${start} images as a Uint8Array, got null; ${pixels}`);
  refused(
    { images: new Uint8Array(784), labels: [5] },
    TypeError,
    `${start} labels as a Uint8Array, got Array; pass digits from 0 to 9`,
  );
});

Deno.test("checkImageSets() refuses a label above 9 with value and index", () => {
  const set = setOf(3);
  set.labels[2] = 10;
  refused(
    set,
    RangeError,
    "Cannot train: expected USE labels from 0 to 9, got 10 at index 2; pass the digits that the images show",
  );
});

Deno.test("checkImageSets() refuses an empty set", () => {
  refused(
    setOf(0),
    RangeError,
    "Cannot train: expected at least one USE image, got an empty set; pass images with their labels",
  );
});
