/**
 * Moves every pixel by a smooth random field, bilinear: noise U(−1, 1) per pixel and direction, smoothed by a Gaussian of
 * `sigma` pixels, times `alpha` / 2 pixels; torchvision's `ElasticTransform`, which measures in halves of the side.
 *
 * @module
 */
import { fraction, notNegative, number, optional } from "../../fields.ts";
import { recipeKind } from "../recipe_kind.ts";

/** torchvision mirrors the image for the blur, whose reach of 4 sigma must then lie inside 28 pixels. */
const blurWidth = number("a number above 0 and below 6.875", (value) => value > 0 && value < 6.875);

export const elastic = recipeKind("elastic", {
  alpha: notNegative,
  sigma: blurWidth,
  p: optional(fraction, 1),
});
