/**
 * x / (1 + e⁻ˣ).
 *
 * @module
 */
import { casesOfFewSizes, elementwise } from "../elementwise.ts";

export const silu = elementwise<"silu">(
  (x) => x / (1 + Math.exp(-x)),
  (x) => {
    const share = 1 / (1 + Math.exp(-x));
    return share * (1 + x / (1 + Math.exp(x)));
  },
  casesOfFewSizes({ kind: "silu" }),
);
