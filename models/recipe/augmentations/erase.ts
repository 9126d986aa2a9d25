/**
 * Sets a random rectangle of U(scale) of the area with a log-uniform aspect ratio to `value`; torchvision's
 * `RandomErasing`, on uint8 pixels.
 *
 * @module
 */
import { fraction, number, optional, positive, range } from "../../fields.ts";
import { recipeKind } from "../recipe_kind.ts";
import { pixel } from "./pixels.ts";

const share = number("a number above 0 and at most 1", (value) => value > 0 && value <= 1);

export const erase = recipeKind("erase", {
  scale: optional(range(share), [0.02, 0.33]),
  ratio: optional(range(positive), [0.3, 3.3]),
  value: optional(pixel, 0),
  p: optional(fraction, 1),
});
