/**
 * Cuts out a rectangle of U(scale) of the area with a log-uniform aspect ratio and resizes it to 28×28, bilinear;
 * torchvision's `RandomResizedCrop(28, scale, ratio)`.
 *
 * @module
 */
import { fraction, number, optional, positive, range } from "../../fields.ts";
import { recipeKind } from "../recipe_kind.ts";

const share = number("a number above 0 and at most 1", (value) => value > 0 && value <= 1);

export const resizedCrop = recipeKind("resizedCrop", {
  scale: optional(range(share), [0.08, 1]),
  ratio: optional(range(positive), [3 / 4, 4 / 3]),
  p: optional(fraction, 1),
});
