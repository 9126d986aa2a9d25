/**
 * Changes brightness by a factor from U(1 − brightness, 1 + brightness) and contrast likewise, in random order;
 * torchvision's `ColorJitter`. Factors do not go below 0.
 *
 * @module
 */
import { fraction, notNegative, optional } from "../../fields.ts";
import { recipeKind } from "../recipe_kind.ts";

export const colorJitter = recipeKind("colorJitter", {
  brightness: optional(notNegative, 0),
  contrast: optional(notNegative, 0),
  p: optional(fraction, 1),
});
