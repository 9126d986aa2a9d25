/**
 * The mean of each channel.
 *
 * @module
 */
import { flat, mean } from "../pools.ts";
import type { ReferenceOperation } from "../reference_operation.ts";

export const globalAveragePool: ReferenceOperation<"globalAveragePool"> = {
  forward(_, [input]) {
    const [, , H] = input.shape; // maps are square
    return flat(mean(input, { size: H, stride: H }));
  },
  cases: ([[1, 1, 1], [1, 28, 2], [3, 3, 5], [5, 7, 9], [7, 2, 8], [8, 5, 17], [9, 4, 3]] as const).map((
    [channels, side, examples],
  ) => ({
    name: `globalAveragePool of [${channels},${side},${side}], ${examples} examples`,
    operation: { kind: "globalAveragePool" },
    inputs: [[channels, side, side]],
    examples,
  })),
};
