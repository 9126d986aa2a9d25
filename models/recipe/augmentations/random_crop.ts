/**
 * Surrounds the image with `padding` pixels of 0 and cuts 28×28 out at a random place; torchvision's
 * `RandomCrop(28, padding)`.
 *
 * @module
 */
import { fraction, number, optional } from "../../fields.ts";
import { recipeKind } from "../recipe_kind.ts";

const paddingPixels = number("a whole number from 0 to 28", (v) => Number.isInteger(v) && v >= 0 && v <= 28);

export const randomCrop = recipeKind("randomCrop", {
  padding: paddingPixels,
  p: optional(fraction, 1),
});
