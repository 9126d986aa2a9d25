/**
 * Moves an image by whole pixels, 0 outside; torchvision's `RandomAffine` with nothing but `translate`. Draw 0: to the
 * right; draw 1: down. A half goes up.
 *
 * @module
 */
import type { AugmentationPixels } from "./augmentation.ts";
import type { Draws } from "./draws.ts";
import { PIXELS, SIDE } from "./image.ts";

/** A whole number of pixels from U(−fraction·28, fraction·28); a half goes up. */
export const wholePixels = (draws: Draws, number: number, fraction: number): number =>
  Math.round(draws.symmetric(number, fraction * SIDE)) + 0; // + 0 takes the sign from −0

/** Moves `image` [28,28] by whole pixels, +x right and +y down, 0 outside; `out` is disjoint from it. */
export function move(image: Uint8Array, x: number, y: number, out: Uint8Array): void {
  if (Math.abs(x) >= SIDE || Math.abs(y) >= SIDE) {
    out.fill(0);
    return;
  }
  out.set(image);
  const shift = y * SIDE + x;
  if (shift > 0) {
    out.copyWithin(shift, 0, PIXELS - shift);
    out.fill(0, 0, shift);
  } else if (shift < 0) {
    out.copyWithin(0, -shift, PIXELS);
    out.fill(0, PIXELS + shift, PIXELS);
  }
  // What left a row on one side has entered its neighbour on the other.
  const from = x > 0 ? 0 : SIDE + x, to = x > 0 ? x : SIDE;
  for (let row = 0; row < PIXELS; row += SIDE) {
    for (let i = row + from; i < row + to; i++) out[i] = 0;
  }
}

export const translate: AugmentationPixels<"translate"> = {
  drawCount: 2,
  drawnLength: 2,
  draw({ fraction }, draws, drawn) {
    drawn[0] = wholePixels(draws, 0, fraction);
    drawn[1] = wholePixels(draws, 1, fraction);
  },
  apply: (_, drawn, image, out) => move(image, drawn[0], drawn[1], out),
};
