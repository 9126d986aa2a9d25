/**
 * Moves the four corners inwards at random, by up to distortion / 2 of the side, bilinear; torchvision's
 * `RandomPerspective`.
 *
 * @module
 */
import { fraction, optional } from "../../fields.ts";
import { recipeKind } from "../recipe_kind.ts";
import { pixel } from "./pixels.ts";

export const perspective = recipeKind("perspective", {
  distortion: fraction,
  fill: optional(pixel, 0),
  p: optional(fraction, 1),
});
