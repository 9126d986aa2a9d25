/**
 * y[k,i,j] = bias[k] + Σ(c,a,b) weight[k,c,a,b] · x[c, stride·i + dilation·a − padding, stride·j + dilation·b − padding]
 * with c over the input channels of k's group, zero outside.
 *
 * @module
 */
import type { Forward } from "../operation.ts";

export const conv: Forward<"conv"> = ({ operation, inputs: [input], tensors: { weight, bias }, output }) => {
  const { kernel, stride, padding, dilation, groups } = operation;
  const [C, H, W] = input.shape, [K, OH, OW] = output.shape, x = input.data, area = OH * OW;
  const perGroup = C / groups, filtersPerGroup = K / groups;
  const sums = new Float64Array(area);
  for (let k = 0, w = 0; k < K; k++) {
    const first = Math.floor(k / filtersPerGroup) * perGroup;
    sums.fill(bias?.[k] ?? 0);
    for (let c = first; c < first + perGroup; c++) {
      for (let a = 0; a < kernel; a++) {
        const up = dilation * a - padding;
        const top = Math.max(0, Math.ceil(-up / stride)),
          bottom = Math.min(OH, Math.floor((H - 1 - up) / stride) + 1);
        for (let b = 0; b < kernel; b++) {
          const factor = weight[w++], across = dilation * b - padding;
          const left = Math.max(0, Math.ceil(-across / stride));
          const right = Math.min(OW, Math.floor((W - 1 - across) / stride) + 1);
          for (let i = top; i < bottom; i++) {
            const row = i * OW, from = (c * H + stride * i + up) * W + across;
            for (let j = left; j < right; j++) sums[row + j] += factor * x[from + stride * j];
          }
        }
      }
    }
    output.data.set(sums, k * area);
  }
};
