/**
 * x · min(max(x + 3, 0), 6) / 6; at −3 and 3, where it has no slope, those of the outer parts.
 *
 * @module
 */
import { casesOfFewSizes, elementwise } from "../elementwise.ts";

export const hardSwish = elementwise<"hardSwish">(
  (x) => x * Math.min(Math.max(x + 3, 0), 6) / 6,
  (x) => x <= -3 ? 0 : x >= 3 ? 1 : x / 3 + 0.5,
  casesOfFewSizes({ kind: "hardSwish" }),
);
