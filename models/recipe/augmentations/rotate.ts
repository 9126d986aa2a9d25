/**
 * Turns the image about its centre by U(−degrees, degrees), counter-clockwise; torchvision's `RandomRotation`.
 *
 * @module
 */
import { fraction, optional } from "../../fields.ts";
import { recipeKind } from "../recipe_kind.ts";
import { degrees, interpolation, pixel } from "./pixels.ts";

export const rotate = recipeKind("rotate", {
  degrees,
  fill: optional(pixel, 0),
  interpolation: optional(interpolation, "nearest"),
  p: optional(fraction, 1),
});
