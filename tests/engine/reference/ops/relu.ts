/**
 * max(x, 0); the slope at 0 is 0.
 *
 * @module
 */
import { casesOfAllSizes, elementwise } from "../elementwise.ts";

export const relu = elementwise<"relu">(
  (x) => Math.max(x, 0),
  (x) => x > 0 ? 1 : 0,
  casesOfAllSizes({ kind: "relu" }),
);
