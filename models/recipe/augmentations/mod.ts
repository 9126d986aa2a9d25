/**
 * Every augmentation by its name. A new one is a file in this folder, a line here and its pixels in
 * `engine/augmentations/`.
 *
 * @module
 */
import type { AnyCompleted, AnyOf } from "../../kinds.ts";
import { affine } from "./affine.ts";
import { centerCropResize } from "./center_crop_resize.ts";
import { colorJitter } from "./color_jitter.ts";
import { elastic } from "./elastic.ts";
import { erase } from "./erase.ts";
import { perspective } from "./perspective.ts";
import { randomCrop } from "./random_crop.ts";
import { resizedCrop } from "./resized_crop.ts";
import { rotate } from "./rotate.ts";
import { translate } from "./translate.ts";

export const AUGMENTATIONS = {
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
};

export type AugmentationName = keyof typeof AUGMENTATIONS;
/** One random change of a training image, as a person writes it. */
export type Augmentation = AnyOf<typeof AUGMENTATIONS>;
/** The same with every fallback in its place. */
export type CompletedAugmentation = AnyCompleted<typeof AUGMENTATIONS>;
export type AugmentationOf<K extends AugmentationName> = Extract<CompletedAugmentation, { readonly kind: K }>;
