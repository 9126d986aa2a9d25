/**
 * min(max(x, 0), 6); the slope at 0 and 6 is 0.
 *
 * @module
 */
import { casesOfFewSizes, elementwise } from "../elementwise.ts";

export const relu6 = elementwise<"relu6">(
  (x) => Math.min(Math.max(x, 0), 6),
  (x) => x > 0 && x < 6 ? 1 : 0,
  casesOfFewSizes({ kind: "relu6" }),
);
