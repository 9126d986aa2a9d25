/**
 * A map as a vector, rows of a channel one after the other.
 *
 * @module
 */
import type { ReferenceOperation } from "../reference_operation.ts";

export const flatten: ReferenceOperation<"flatten"> = {
  forward(_, [{ shape, data }]) {
    const [N, C, H, W] = shape;
    return {
      output: { shape: [N, C * H * W, 1, 1], data },
      backward: (dOutput) => ({ inputs: [{ shape, data: dOutput.data }] }),
    };
  },
  cases: ([[1, 1, 1], [3, 1, 5], [5, 3, 9], [7, 2, 8], [9, 5, 3]] as const).map((
    [channels, side, examples],
  ) => ({
    name: `flatten of [${channels},${side},${side}], ${examples} examples`,
    operation: { kind: "flatten" },
    inputs: [[channels, side, side]],
    examples,
  })),
};
