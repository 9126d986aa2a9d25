/**
 * Turns an image about its centre, counter-clockwise; torchvision's `RandomRotation`. Draw 0: the angle.
 *
 * Source: Pillow 12, `Image.rotate`.
 *
 * @module
 */
import { cos, sin } from "../../math/elementary.ts";
import type { AugmentationPixels } from "./augmentation.ts";
import { SIDE } from "./image.ts";
import { mapAffine, writeFixedMatrix } from "./sampling.ts";

export const DEGREE = 3.141592653589793 / 180;

/** Writes the matrix (see `writeFixedMatrix`) of a rotation by so many degrees to `out[0..5]`. */
export function writeRotation(degrees: number, out: Float64Array): void {
  const radians = degrees * DEGREE;
  const cosine = cos(radians), sine = sin(radians);
  const centre = SIDE / 2;
  // The inverse rotation: where an output pixel comes from.
  const c = centre - centre * cosine + centre * sine;
  const f = centre - centre * sine - centre * cosine;
  writeFixedMatrix([cosine, -sine, c, sine, cosine, f], out);
}

export const rotate: AugmentationPixels<"rotate"> = {
  drawCount: 1,
  drawnLength: 6,
  draw: ({ degrees }, draws, drawn) => writeRotation(draws.symmetric(0, degrees), drawn),
  apply: (operation, drawn, image, out) => mapAffine(image, drawn, operation, out),
};
