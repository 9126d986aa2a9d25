/**
 * Cuts out a rectangle of U(scale) of the area with a log-uniform aspect ratio and resizes it to 28×28, bilinear;
 * torchvision's `RandomResizedCrop(28, scale, ratio)`.
 *
 * @module
 */
import { fraction, optional, positive, range } from "../../fields.ts";
import { recipeKind } from "../recipe_kind.ts";
import { areaShare } from "./pixels.ts";

export const resizedCrop = recipeKind("resizedCrop", {
  scale: optional(range(areaShare), [0.08, 1]),
  ratio: optional(range(positive), [3 / 4, 4 / 3]),
  p: optional(fraction, 1),
});
