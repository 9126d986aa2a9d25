/**
 * Rotation by U(−degrees, degrees), translation by whole pixels from U(−translate · 28, translate · 28) each way, scaling
 * by U(scale) and shearing along x by U(−shear, shear) degrees, at once; torchvision's `RandomAffine`.
 *
 * @module
 */
import { fraction, number, optional, positive, range } from "../../fields.ts";
import { recipeKind } from "../recipe_kind.ts";
import { degrees, interpolation, pixel } from "./pixels.ts";

const shearDegrees = number("a number from 0 to below 90", (value) => value >= 0 && value < 90);

export const affine = recipeKind("affine", {
  degrees,
  translate: optional(fraction, 0),
  scale: optional(range(positive), [1, 1]),
  shear: optional(shearDegrees, 0),
  fill: optional(pixel, 0),
  interpolation: optional(interpolation, "nearest"),
  p: optional(fraction, 1),
});
