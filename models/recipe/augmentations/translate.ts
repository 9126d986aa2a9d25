/**
 * Moves the image right and down, each by round(U(−fraction · 28, fraction · 28)) pixels, 0 outside; torchvision's
 * `RandomAffine(0, translate=(fraction, fraction))`.
 *
 * @module
 */
import { fraction, optional } from "../../fields.ts";
import { recipeKind } from "../recipe_kind.ts";

export const translate = recipeKind("translate", {
  fraction,
  p: optional(fraction, 1),
});
