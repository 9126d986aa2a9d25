/**
 * 1 / (1 + e⁻ˣ).
 *
 * @module
 */
import { casesOfFewSizes, elementwise } from "../elementwise.ts";

const value = (x: number): number => 1 / (1 + Math.exp(-x));

export const sigmoid = elementwise<"sigmoid">(
  value,
  (x) => value(x) * value(-x),
  casesOfFewSizes({ kind: "sigmoid" }),
);
