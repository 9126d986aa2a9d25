/**
 * Hyperbolic tangent.
 *
 * @module
 */
import { casesOfFewSizes, elementwise } from "../elementwise.ts";

export const tanh = elementwise<"tanh">(
  Math.tanh,
  (x) => 1 - Math.tanh(x) ** 2,
  casesOfFewSizes({ kind: "tanh" }),
);
