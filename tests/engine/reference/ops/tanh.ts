/**
 * Hyperbolic tangent.
 *
 * @module
 */
import { casesOfAllSizes, elementwise } from "../elementwise.ts";

export const tanh = elementwise<"tanh">(
  Math.tanh,
  (x) => 1 - Math.tanh(x) ** 2,
  casesOfAllSizes({ kind: "tanh" }),
);
