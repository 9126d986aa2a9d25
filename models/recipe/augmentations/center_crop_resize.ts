/**
 * Cuts out the central `size` × `size` pixels and resizes them to 28×28, bilinear; torchvision's
 * `RandomApply([CenterCrop(size)], p)` with `Resize(28)`.
 *
 * @module
 */
import { fraction, optional } from "../../fields.ts";
import { recipeKind } from "../recipe_kind.ts";
import { side } from "./pixels.ts";

export const centerCropResize = recipeKind("centerCropResize", {
  size: side,
  p: optional(fraction, 1),
});
