/**
 * The largest of each channel; a tie's gradient goes to the first, row by row.
 *
 * @module
 */
import { flat, largest } from "../pools.ts";
import type { ReferenceOperation } from "../reference_operation.ts";

export const globalMaxPool: ReferenceOperation<"globalMaxPool"> = {
  forward(_, [input]) {
    const [, , H] = input.shape; // maps are square
    return flat(largest(input, { size: H, stride: H, padding: 0 }));
  },
  cases: ([[1, 1, 1], [1, 28, 2], [3, 3, 5], [5, 7, 9], [7, 2, 8], [8, 5, 17], [9, 4, 3]] as const).map((
    [channels, side, examples],
  ) => ({
    name: `globalMaxPool of [${channels},${side},${side}], ${examples} examples`,
    operation: { kind: "globalMaxPool" },
    inputs: [[channels, side, side]],
    examples,
  })),
};
