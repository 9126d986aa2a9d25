/**
 * Batch norm of each of several parts of the batch; the parts' statistics are averaged before they enter the running
 * ones.
 *
 * @module
 */
import { splitStarts } from "../../../../models/layers/ghost_batch_norm.ts";
import type { OperationCase, ReferenceOperation } from "../reference_operation.ts";
import { affine, standardize, withRunningStatistics } from "../standardize.ts";

const split = (
  splits: number,
  input: readonly number[],
  examples: number,
): OperationCase<"ghostBatchNorm"> => ({
  name: `ghostBatchNorm of [${input.join(",")}], ${examples} examples in ${splits} parts`,
  operation: { kind: "ghostBatchNorm", splits },
  inputs: [input],
  examples,
});

export const ghostBatchNorm: ReferenceOperation<"ghostBatchNorm"> = {
  forward({ splits, epsilon, momentum }, [input], { tensors, training }) {
    if (training === undefined) {
      return {
        output: withRunningStatistics(input, tensors, epsilon),
        backward: () => {
          throw new Error(
            "Cannot go back through ghost batch norm: expected a training step, got evaluation",
          );
        },
      };
    }
    const [N, C] = input.shape, starts = splitStarts(N, splits), parts = starts.length - 1;
    const partOf = (n: number) => starts.findLastIndex((start) => start <= n);
    const standard = standardize(input, parts * C, (n, c) => partOf(n) * C + c, epsilon);
    const { output, backward } = affine(standard.output, tensors, (_, c) => c);
    const move = (running: Float64Array, ofPart: (group: number) => number) =>
      running.map((old, c) => {
        let mean = 0;
        for (let part = 0; part < parts; part++) mean += ofPart(part * C + c) / parts;
        return (1 - momentum) * old + momentum * mean;
      });
    const { mean, variance, count } = standard;
    return {
      output,
      statistics: {
        running_mean: move(tensors.running_mean, (group) => mean[group]),
        running_var: move(
          tensors.running_var,
          (group) => variance[group] * count[group] / Math.max(1, count[group] - 1),
        ),
      },
      backward(dOutput) {
        const { input: dStandard, tensors } = backward(dOutput);
        return { inputs: [standard.backward(dStandard)], tensors };
      },
    };
  },
  cases: [
    split(1, [3, 5, 5], 5),
    split(2, [1, 28, 28], 3),
    split(2, [5, 4, 4], 8),
    split(4, [7, 3, 3], 9),
    split(3, [8, 7, 7], 17),
    split(4, [9, 5, 5], 3),
    split(2, [11], 9),
    split(8, [3, 2, 2], 20),
  ],
};
