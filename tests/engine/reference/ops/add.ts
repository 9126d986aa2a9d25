/**
 * The sum of several values.
 *
 * @module
 */
import type { OperationCase, ReferenceOperation } from "../reference_operation.ts";

const sum = (count: number, input: readonly number[], examples: number): OperationCase<"add"> => ({
  name: `add of ${count} times [${input.join(",")}], ${examples} examples`,
  operation: { kind: "add" },
  inputs: Array(count).fill(input),
  examples,
});

export const add: ReferenceOperation<"add"> = {
  forward: (_, inputs) => ({
    output: {
      shape: inputs[0].shape,
      data: inputs[0].data.map((_, o) => inputs.reduce((total, { data }) => total + data[o], 0)),
    },
    backward: (dOutput) => ({ inputs: inputs.map(() => dOutput) }),
  }),
  cases: [
    sum(2, [1, 28, 28], 1),
    sum(2, [5, 3, 3], 9),
    sum(3, [7, 5, 5], 5),
    sum(4, [9, 2, 2], 8),
    sum(2, [8, 7, 7], 17),
    sum(3, [11], 7),
  ],
};
