/**
 * y[k] = bias[k] + Σ(c) weight[k,c] · x[c]
 *
 * @module
 */
import type { Forward } from "../operation.ts";

export const linear: Forward<"linear"> = (
  { inputs: [{ data: x }], tensors: { weight, bias }, output: { data: y } },
) => {
  for (let k = 0, w = 0; k < y.length; k++) {
    let sum = bias?.[k] ?? 0;
    for (let c = 0; c < x.length; c++) sum += weight[w++] * x[c];
    y[k] = sum;
  }
};
