/**
 * x / (1 + e^−x); the derivative is σ(x) + x · σ′(x).
 *
 * Source: Elfwing, Uchibe and Doya (2017), arXiv:1702.03118.
 *
 * @module
 */
import type { Activation } from "./activation.ts";
import { sigmoidOf, sigmoidSlope } from "./decay.ts";

export const silu: Activation<"silu"> = {
  value: (a, x) => a.divide(x, a.add(a.constant(1), a.exponential(a.subtract(a.constant(0), x)))),
  gradient: (a, x, dy) => a.multiply(dy, a.multiplyAdd(x, sigmoidSlope(a, x), sigmoidOf(a, x))),
};
