/**
 * Batch norm by channel, over the batch and all places.
 *
 * @module
 */
import { casesOfAllSizes, casesOfFewSizes } from "../elementwise.ts";
import type { ReferenceOperation } from "../reference_operation.ts";
import { affine, standardize, withRunningStatistics } from "../standardize.ts";

export const batchNorm: ReferenceOperation<"batchNorm"> = {
  forward({ epsilon, momentum }, [input], { tensors, training }) {
    const channel = (_: number, c: number) => c;
    if (training === undefined) {
      return {
        output: withRunningStatistics(input, tensors, epsilon),
        backward: () => {
          throw new Error("Cannot go back through batch norm: expected a training step, got evaluation");
        },
      };
    }
    const standard = standardize(input, input.shape[1], channel, epsilon);
    const { output, backward } = affine(standard.output, tensors, channel);
    const move = (running: Float64Array, seen: Float64Array) =>
      running.map((old, c) => (1 - momentum) * old + momentum * seen[c]);
    // the running variance takes the unbiased estimate
    const unbiased = standard.variance.map((v, c) =>
      v * standard.count[c] / Math.max(1, standard.count[c] - 1)
    );
    return {
      output,
      statistics: {
        running_mean: move(tensors.running_mean, standard.mean),
        running_var: move(tensors.running_var, unbiased),
      },
      backward(dOutput) {
        const { input: dStandard, tensors } = backward(dOutput);
        return { inputs: [standard.backward(dStandard)], tensors };
      },
    };
  },
  cases: [
    // a single number has no variance: what leaves is the bias
    ...casesOfAllSizes<"batchNorm">({ kind: "batchNorm" }).filter(({ inputs: [input], examples }) =>
      examples > 1 || input.length === 3 && input[1] > 1
    ),
    ...casesOfFewSizes<"batchNorm">({ kind: "batchNorm", epsilon: 1e-3, momentum: 0.01 }).map((each) => ({
      ...each,
      name: `${each.name}, epsilon 1e-3 and momentum 0.01`,
    })),
  ],
};
