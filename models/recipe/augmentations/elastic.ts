/**
 * Moves every pixel by a smooth random field, bilinear: noise U(−1, 1) per pixel and direction, smoothed by a Gaussian of
 * `sigma` pixels, times `alpha` pixels; torchvision's `ElasticTransform`.
 *
 * @module
 */
import { fraction, notNegative, optional, positive } from "../../fields.ts";
import { recipeKind } from "../recipe_kind.ts";

export const elastic = recipeKind("elastic", {
  alpha: notNegative,
  sigma: positive,
  p: optional(fraction, 1),
});
