/**
 * Rotation (clockwise), translation by whole pixels, scaling and shearing along x at once; torchvision's `RandomAffine`.
 * Draw 0: the angle; 1 and 2: pixels to the right and down; 3: the scale; 4: the shear.
 *
 * Source: torchvision 0.28, `_get_inverse_affine_matrix`.
 *
 * @module
 */
import { cos, sin, tan } from "../../math/elementary.ts";
import type { AugmentationPixels } from "./augmentation.ts";
import { SIDE } from "./image.ts";
import { DEGREE } from "./rotate.ts";
import { mapAffine, writeFixedMatrix } from "./sampling.ts";
import { wholePixels } from "./translate.ts";

/** What happens to an image; angles in degrees, distances in pixels. */
export interface AffineChange {
  readonly degrees: number;
  readonly right: number;
  readonly down: number;
  readonly scale: number;
  readonly shear: number;
}

/** Writes the matrix (see `writeFixedMatrix`) of a change to `out[0..5]`. */
export function writeAffine({ degrees, right, down, scale, shear }: AffineChange, out: Float64Array): void {
  const cosine = cos(degrees * DEGREE), sine = sin(degrees * DEGREE), slant = tan(shear * DEGREE);
  const centre = SIDE / 2;
  // The inverse, where an output pixel comes from; without the scale the determinant is 1.
  const a = (cosine - sine * slant) / scale, b = (cosine * slant + sine) / scale;
  const d = -sine / scale, e = cosine / scale;
  const x = -centre - right, y = -centre - down;
  writeFixedMatrix([a, b, a * x + b * y + centre, d, e, d * x + e * y + centre], out);
}

export const affine: AugmentationPixels<"affine"> = {
  drawCount: 5,
  drawnLength: 6,
  draw({ degrees, translate, scale, shear }, draws, drawn) {
    writeAffine({
      degrees: draws.symmetric(0, degrees),
      right: wholePixels(draws, 1, translate),
      down: wholePixels(draws, 2, translate),
      scale: draws.between(3, scale[0], scale[1]),
      shear: draws.symmetric(4, shear),
    }, drawn);
  },
  apply: (operation, drawn, image, out) => mapAffine(image, drawn, operation, out),
};
