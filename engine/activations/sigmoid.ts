/**
 * 1 / (1 + e^−x).
 *
 * @module
 */
import type { Activation } from "./activation.ts";
import { sigmoidOf, sigmoidSlope } from "./decay.ts";

export const sigmoid: Activation<"sigmoid"> = {
  value: (a, x) => sigmoidOf(a, x),
  gradient: (a, x, dy) => a.multiply(dy, sigmoidSlope(a, x)),
};
