/**
 * Normalizes each example over the places and channels of each group, then scales and shifts by channel.
 *
 * @module
 */
import type { OperationCase, ReferenceOperation } from "../reference_operation.ts";
import { affine, standardize } from "../standardize.ts";

const grouped = (groups: number, input: readonly number[], examples: number): OperationCase<"groupNorm"> => ({
  name: `groupNorm of [${input.join(",")}] in ${groups} groups, ${examples} examples`,
  operation: { kind: "groupNorm", groups },
  inputs: [input],
  examples,
});

export const groupNorm: ReferenceOperation<"groupNorm"> = {
  forward({ groups, epsilon }, [input], { tensors }) {
    const [N, C] = input.shape, size = C / groups;
    const standard = standardize(input, N * groups, (n, c) => n * groups + Math.floor(c / size), epsilon);
    const { output, backward } = affine(standard.output, tensors, (_, c) => c);
    return {
      output,
      backward(dOutput) {
        const { input: dStandard, tensors } = backward(dOutput);
        return { inputs: [standard.backward(dStandard)], tensors };
      },
    };
  },
  cases: [
    grouped(1, [1, 28, 28], 1),
    grouped(1, [5, 3, 3], 5),
    grouped(5, [5, 4, 4], 8),
    grouped(3, [9, 5, 5], 9),
    grouped(2, [6, 7, 7], 3),
    grouped(3, [9, 1, 1], 7),
    grouped(1, [7], 9),
    grouped(5, [15], 17),
  ],
};
