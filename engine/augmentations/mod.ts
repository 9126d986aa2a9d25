/**
 * Every augmentation's pixels by its name. A new one is a file in this folder and a line here, beside its fields in
 * `models/recipe/augmentations/`.
 *
 * @module
 */
import type { AugmentationName, CompletedAugmentation } from "../../models/recipe/augmentations/mod.ts";
import { affine } from "./affine.ts";
import type { AugmentationPixels } from "./augmentation.ts";
import { centerCropResize } from "./center_crop_resize.ts";
import { colorJitter } from "./color_jitter.ts";
import { elastic } from "./elastic.ts";
import { erase } from "./erase.ts";
import { perspective } from "./perspective.ts";
import { randomCrop } from "./random_crop.ts";
import { resizedCrop } from "./resized_crop.ts";
import { rotate } from "./rotate.ts";
import { translate } from "./translate.ts";

export const AUGMENTATION_PIXELS = {
  rotate,
  translate,
  affine,
  centerCropResize,
  randomCrop,
  resizedCrop,
  erase,
  colorJitter,
  perspective,
  elastic,
} satisfies { [K in AugmentationName]: AugmentationPixels<K> };

/** The pixels of an operation, whichever it is; they take the operation that they were found by. */
export const augmentationPixels = (
  { kind }: CompletedAugmentation,
): AugmentationPixels<AugmentationName> => AUGMENTATION_PIXELS[kind] as AugmentationPixels<AugmentationName>;

/** Numbers that any of them needs to say what happens to an image. */
export const LONGEST_DRAWN: number = Math.max(
  ...Object.values(AUGMENTATION_PIXELS).map(({ drawnLength }) => drawnLength),
);

export type { AugmentationPixels } from "./augmentation.ts";
export { type AugmentationPosition, Draws } from "./draws.ts";
export { PIXELS, SIDE } from "./image.ts";
