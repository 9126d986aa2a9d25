/**
 * y[k] = bias[k] + Σ(c) weight[k,c] · x[c]
 *
 * @module
 */
import type { OperationCase, ReferenceOperation } from "../reference_operation.ts";
import { zeros } from "../tensor.ts";

const dense = (inputs: number, out: number, examples: number, bias = true): OperationCase<"linear"> => ({
  name: `linear from ${inputs} to ${out}${bias ? "" : " without bias"}, ${examples} examples`,
  operation: { kind: "linear", out, bias },
  inputs: [[inputs]],
  examples,
});

export const linear: ReferenceOperation<"linear"> = {
  forward({ out: K }, [input], { tensors: { weight, bias } }) {
    const [N, C] = input.shape, x = input.data;
    const output = zeros([N, K, 1, 1]);
    for (let n = 0; n < N; n++) {
      for (let k = 0; k < K; k++) {
        let sum = bias === undefined ? 0 : bias[k];
        for (let c = 0; c < C; c++) sum += weight[k * C + c] * x[n * C + c];
        output.data[n * K + k] = sum;
      }
    }
    return {
      output,
      backward({ data: dy }) {
        const dInput = zeros(input.shape), dWeight = new Float64Array(K * C), dBias = new Float64Array(K);
        for (let n = 0; n < N; n++) {
          for (let k = 0; k < K; k++) {
            const gradient = dy[n * K + k];
            dBias[k] += gradient;
            for (let c = 0; c < C; c++) {
              dWeight[k * C + c] += gradient * x[n * C + c];
              dInput.data[n * C + c] += gradient * weight[k * C + c];
            }
          }
        }
        const tensors = bias === undefined ? { weight: dWeight } : { weight: dWeight, bias: dBias };
        return { inputs: [dInput], tensors };
      },
    };
  },
  cases: [
    dense(1, 1, 1),
    dense(3, 5, 7),
    dense(5, 3, 8, false),
    dense(7, 9, 9),
    dense(9, 1, 5),
    dense(8, 8, 17, false),
    dense(784, 3, 2),
    dense(13, 11, 1, false),
  ],
};
