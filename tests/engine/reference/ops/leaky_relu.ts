/**
 * x where it is above 0, else slope · x.
 *
 * @module
 */
import { casesOfFewSizes, elementwise } from "../elementwise.ts";

export const leakyRelu = elementwise<"leakyRelu">(
  (x, { slope }) => x > 0 ? x : slope * x,
  (x, { slope }) => x > 0 ? 1 : slope,
  casesOfFewSizes({ kind: "leakyRelu", slope: 0.2 }),
);
