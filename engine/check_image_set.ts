/**
 * What an engine is given to train on, checked once, at its door: what slips through here is trained on silently.
 *
 * @module
 */
import { CLASS_COUNT, elements, IMAGE_SHAPE } from "../models/shape.ts";
import type { ImageSet } from "./engine.ts";

const IMAGE_PIXELS = elements(IMAGE_SHAPE);

/**
 * Refuses a training and a test set that no engine can mean: `images` uint8 [N,28,28], `labels` uint8 [N], N > 0.
 *
 * @throws {TypeError} If images or labels are no `Uint8Array`, as floats that are to be normalized already.
 * @throws {RangeError} If a set is empty, its images and labels differ in number, or a label is above 9; the message
 * names the value and its index.
 */
export function checkImageSets(sets: { readonly train: ImageSet; readonly test: ImageSet }): void {
  checkImageSet("training", sets.train);
  checkImageSet("test", sets.test);
}

function checkImageSet(use: "training" | "test", set: ImageSet): void {
  const start = "Cannot train: expected";
  for (const part of ["images", "labels"] as const) {
    const given: unknown = set?.[part];
    if (given instanceof Uint8Array) continue;
    throw new TypeError(
      `${start} the ${use} ${part} as a Uint8Array, got ${kindOf(given)}; ` +
        (part === "images"
          ? "pass pixels from 0 to 255, which the engine normalizes"
          : "pass digits from 0 to 9"),
    );
  }
  const { images, labels } = set;
  if (labels.length === 0) {
    throw new RangeError(
      `${start} at least one ${use} image, got an empty set; pass images with their labels`,
    );
  }
  if (images.length !== labels.length * IMAGE_PIXELS) {
    throw new RangeError(
      `${start} ${labels.length} ${use} images of ${IMAGE_PIXELS} bytes for ${labels.length} labels, ` +
        `got ${images.length} bytes (${images.length / IMAGE_PIXELS} images); pass a label for each image`,
    );
  }
  const index = labels.findIndex((label) => label >= CLASS_COUNT);
  if (index >= 0) {
    throw new RangeError(
      `${start} ${use} labels from 0 to ${CLASS_COUNT - 1}, got ${labels[index]} at index ${index}; ` +
        "pass the digits that the images show",
    );
  }
}

/** `Array`, `Float32Array`, `undefined`. */
function kindOf(value: unknown): string {
  return typeof value === "object" && value !== null ? value.constructor?.name ?? "object" : String(value);
}
