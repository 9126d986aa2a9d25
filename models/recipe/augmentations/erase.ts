/**
 * Sets a random rectangle of U(scale) of the area with a log-uniform aspect ratio to `value`; torchvision's
 * `RandomErasing`, on uint8 pixels.
 *
 * @module
 */
import { fraction, optional, positive, range } from "../../fields.ts";
import { recipeKind } from "../recipe_kind.ts";
import { areaShare, pixel } from "./pixels.ts";

export const erase = recipeKind("erase", {
  scale: optional(range(areaShare), [0.02, 0.33]),
  ratio: optional(range(positive), [0.3, 3.3]),
  value: optional(pixel, 0),
  p: optional(fraction, 1),
});
