/**
 * x · Φ(x) with the normal distribution Φ(x) = (1 + erf(x/√2)) / 2.
 *
 * @module
 */
import { casesOfFewSizes, elementwise } from "../elementwise.ts";

/** Beyond it the error function is 1 in float64. */
const ALL = 6;

/**
 * erf(x) = 2/√π · e^(−x²) · Σ(n ≥ 0) 2ⁿ x^(2n+1) / (1 · 3 · 5 ⋯ (2n+1)); all terms have one sign.
 * Source: Abramowitz and Stegun (1964), 7.1.6.
 */
export function errorFunction(x: number): number {
  if (Math.abs(x) >= ALL) return Math.sign(x);
  let sum = 0;
  for (let n = 0, term = x; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    sum += term;
    term *= 2 * x * x / (2 * n + 3);
  }
  return 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * sum;
}

const distribution = (x: number): number => (1 + errorFunction(x / Math.SQRT2)) / 2;

export const gelu = elementwise<"gelu">(
  (x) => x * distribution(x),
  (x) => distribution(x) + x * Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI),
  casesOfFewSizes({ kind: "gelu" }),
);
