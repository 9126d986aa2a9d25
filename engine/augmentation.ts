/**
 * Random changes of training images, in the recipe's order.
 *
 * Each operation takes its draws from `Stream.augmentation` at its own place in the recipe; its own room in
 * `engine/augmentations/` says what they mean.
 *
 * @module
 */
import type { CompletedAugmentation } from "../models/recipe/augmentations/mod.ts";
import { augmentationPixels, Draws, LONGEST_DRAWN, PIXELS } from "./augmentations/mod.ts";
import type { AugmentationPosition } from "./augmentations/mod.ts";

const draws = new Draws();

/**
 * Writes what an operation does to an image to `drawn`, as its room describes it.
 *
 * @returns whether it is applied: with probability p, by the draw behind its own
 */
export function drawAugmentation(
  operation: CompletedAugmentation,
  position: AugmentationPosition,
  drawn: Float64Array,
): boolean {
  const pixels = augmentationPixels(operation);
  draws.moveTo(position);
  if (operation.p < 1 && draws.unit(pixels.drawCount) >= operation.p) return false;
  pixels.draw(operation, draws, drawn);
  return true;
}

const drawn = new Float64Array(LONGEST_DRAWN);
const scratch = [new Uint8Array(PIXELS), new Uint8Array(PIXELS)];

/**
 * Writes the augmented image to `out` [28,28].
 *
 * `image` and `out` are uint8, 784 long, and may be the same. A pure function of its arguments.
 */
export function augment(
  image: Uint8Array,
  out: Uint8Array,
  operations: readonly CompletedAugmentation[],
  seed: number,
  epoch: number,
  exampleIndex: number,
): void {
  let current = image;
  for (let ordinal = 0; ordinal < operations.length; ordinal++) {
    const operation = operations[ordinal];
    if (!drawAugmentation(operation, { seed, epoch, exampleIndex, ordinal }, drawn)) continue;
    const next = current === scratch[0] ? scratch[1] : scratch[0];
    augmentationPixels(operation).apply(operation, drawn, current, next);
    current = next;
  }
  if (current !== out) out.set(current);
}
