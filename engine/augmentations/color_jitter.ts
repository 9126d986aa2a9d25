/**
 * Brightness and contrast by random factors, in random order; torchvision's `ColorJitter`. Draw 0: brightness first where
 * it is below ½; draw 1: its factor; draw 2: the contrast's factor.
 *
 * pixel ← base + factor · (pixel − base) in float32, cut off to a whole number and to 0 … 255; base is 0 for brightness
 * and the image's rounded mean for contrast.
 *
 * Source: torchvision 0.28; Pillow 12, ImageEnhance and Blend.c.
 *
 * @module
 */
import type { AugmentationPixels } from "./augmentation.ts";
import type { Draws } from "./draws.ts";
import { PIXELS } from "./image.ts";

/** Moves every pixel of `image` towards `base` (factor below 1) or away from it; `out` may be `image`. */
function blend(image: Uint8Array, base: number, factor: number, out: Uint8Array): void {
  const weight = Math.fround(factor);
  for (let i = 0; i < PIXELS; i++) {
    const value = Math.fround(base + Math.fround(weight * (image[i] - base)));
    out[i] = Math.min(255, Math.max(0, Math.trunc(value)));
  }
}

/** Multiplies every pixel; `out` may be `image`. */
export const changeBrightness = (image: Uint8Array, factor: number, out: Uint8Array): void =>
  blend(image, 0, factor, out);

/** To a whole number, halves up. */
export function roundedMean(image: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < PIXELS; i++) sum += image[i];
  return Math.floor(sum / PIXELS + 0.5);
}

/** Moves every pixel away from the mean or towards it; `out` may be `image`. */
export const changeContrast = (image: Uint8Array, factor: number, out: Uint8Array): void =>
  blend(image, roundedMean(image), factor, out);

const drawFactor = (draws: Draws, number: number, change: number): number =>
  draws.between(number, Math.max(0, 1 - change), 1 + change);

export const colorJitter: AugmentationPixels<"colorJitter"> = {
  drawCount: 3,
  drawnLength: 3,
  draw({ brightness, contrast }, draws, drawn) {
    drawn[0] = draws.unit(0) < 0.5 ? 1 : 0;
    drawn[1] = drawFactor(draws, 1, brightness);
    drawn[2] = drawFactor(draws, 2, contrast);
  },
  apply(_, [brightnessFirst, brightness, contrast], image, out) {
    if (brightnessFirst === 1) {
      changeBrightness(image, brightness, out);
      changeContrast(out, contrast, out);
    } else {
      changeContrast(image, contrast, out);
      changeBrightness(out, brightness, out);
    }
  },
};
