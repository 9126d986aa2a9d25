/**
 * y[k,i,j] = bias[k] + Σ(c,a,b) weight[k,c,a,b] · x[c, stride·i + dilation·a − padding, stride·j + dilation·b − padding]
 * with c over the input channels of k's group, zero outside.
 *
 * @module
 */
import { type LayerOf } from "../../../../models/layers/mod.ts";
import { windowPositions } from "../../../../models/shape.ts";
import type { OperationCase, ReferenceOperation, Written } from "../reference_operation.ts";
import { forEachElement, type Tensor, zeros } from "../tensor.ts";

/**
 * Visits all products, a row of the output at a time: `length` outputs from `output` on, one weight, and every
 * stride-th input from `input` on.
 */
function forEachRow(
  { kernel, stride, padding, dilation, groups }: LayerOf<"conv">,
  [N, C, H, W]: Tensor["shape"],
  [, K, OH, OW]: Tensor["shape"],
  visit: (output: number, weight: number, input: number, length: number) => void,
): void {
  const perGroup = C / groups, filtersPerGroup = K / groups;
  for (let n = 0; n < N; n++) {
    for (let k = 0; k < K; k++) {
      const firstChannel = Math.floor(k / filtersPerGroup) * perGroup;
      for (let c = 0; c < perGroup; c++) {
        for (let a = 0; a < kernel; a++) {
          for (let b = 0; b < kernel; b++) {
            const weight = ((k * perGroup + c) * kernel + a) * kernel + b, left = dilation * b - padding;
            const first = Math.max(0, Math.ceil(-left / stride));
            const last = Math.min(OW - 1, Math.floor((W - 1 - left) / stride));
            if (last < first) continue;
            for (let i = 0; i < OH; i++) {
              const h = stride * i + dilation * a - padding;
              if (h < 0 || h >= H) continue;
              const row = ((n * C + firstChannel + c) * H + h) * W;
              visit(
                ((n * K + k) * OH + i) * OW + first,
                weight,
                row + stride * first + left,
                last - first + 1,
              );
            }
          }
        }
      }
    }
  }
}

const conv2d = (
  operation: Omit<Written<"conv">, "kind">,
  [channels, side]: readonly [number, number],
  examples: number,
): OperationCase<"conv"> => ({
  name: `conv ${JSON.stringify(operation).replace(/["{}]/g, "").replaceAll(",", ", ")} of ` +
    `[${channels},${side},${side}], ${examples} examples`,
  operation: { kind: "conv", ...operation },
  inputs: [[channels, side, side]],
  examples,
});

export const conv: ReferenceOperation<"conv"> = {
  forward(layer, [input], { tensors: { weight, bias } }) {
    const { stride } = layer, [N, , H, W] = input.shape, x = input.data;
    const window = { ...layer, size: layer.kernel };
    const output = zeros([N, layer.out, windowPositions(H, window), windowPositions(W, window)]);
    const y = output.data;
    if (bias !== undefined) forEachElement(output.shape, (o, _, k) => y[o] = bias[k]);
    forEachRow(layer, input.shape, output.shape, (o, w, i, length) => {
      const factor = weight[w];
      for (let j = 0; j < length; j++) y[o + j] += factor * x[i + j * stride];
    });
    return {
      output,
      backward({ data: dy }) {
        const dInput = zeros(input.shape), dx = dInput.data, dWeight = new Float64Array(weight.length);
        forEachRow(layer, input.shape, output.shape, (o, w, i, length) => {
          const factor = weight[w];
          let sum = 0;
          for (let j = 0; j < length; j++) {
            sum += dy[o + j] * x[i + j * stride];
            dx[i + j * stride] += dy[o + j] * factor;
          }
          dWeight[w] += sum;
        });
        if (bias === undefined) return { inputs: [dInput], tensors: { weight: dWeight } };
        const dBias = new Float64Array(bias.length);
        forEachElement(output.shape, (o, _, k) => dBias[k] += dy[o]);
        return { inputs: [dInput], tensors: { weight: dWeight, bias: dBias } };
      },
    };
  },
  cases: [
    conv2d({ out: 1, kernel: 1 }, [1, 1], 1),
    conv2d({ out: 3, kernel: 3 }, [1, 28], 1),
    conv2d({ out: 2, kernel: 5, padding: 2, bias: false }, [1, 28], 2),
    conv2d({ out: 5, kernel: 3 }, [3, 3], 5),
    conv2d({ out: 7, kernel: 3, padding: 1 }, [5, 7], 8),
    conv2d({ out: 8, kernel: 3, padding: 1, bias: false }, [8, 14], 9),
    conv2d({ out: 9, kernel: 3 }, [7, 9], 3),
    conv2d({ out: 17, kernel: 3, padding: 1 }, [9, 4], 17),
    conv2d({ out: 3, kernel: 3, padding: 2 }, [4, 2], 9),
    // padding as large as the kernel and larger: outputs that see nothing
    conv2d({ out: 3, kernel: 2, padding: 2 }, [3, 3], 5),
    conv2d({ out: 5, kernel: 3, padding: 4 }, [4, 5], 3),
    conv2d({ out: 2, kernel: 1, padding: 1 }, [5, 3], 2),
    conv2d({ out: 7, kernel: 1 }, [9, 5], 13),
    conv2d({ out: 16, kernel: 1, bias: false }, [8, 7], 8),
    conv2d({ out: 1, kernel: 1 }, [7, 3], 1),
    conv2d({ out: 3, kernel: 2 }, [5, 5], 7),
    conv2d({ out: 5, kernel: 4, padding: 3 }, [3, 7], 5),
    conv2d({ out: 6, kernel: 7 }, [5, 7], 9),
    // strides that divide, that do not, and that are larger than the kernel
    conv2d({ out: 3, kernel: 3, stride: 2 }, [1, 28], 3),
    conv2d({ out: 4, kernel: 5, stride: 2, padding: 2 }, [1, 28], 2),
    conv2d({ out: 9, kernel: 3, stride: 2 }, [5, 7], 5),
    conv2d({ out: 5, kernel: 3, stride: 2, padding: 1 }, [8, 8], 9),
    conv2d({ out: 5, kernel: 2, stride: 3 }, [7, 9], 3),
    conv2d({ out: 6, kernel: 1, stride: 2, bias: false }, [9, 7], 8),
    conv2d({ out: 3, kernel: 3, stride: 4, padding: 1 }, [3, 10], 1),
    conv2d({ out: 2, kernel: 3, stride: 9 }, [3, 5], 7),
    conv2d({ out: 5, kernel: 3, stride: 2, padding: 5 }, [3, 4], 5),
    // dilation, alone and with the others
    conv2d({ out: 3, kernel: 3, dilation: 2 }, [1, 28], 2),
    conv2d({ out: 5, kernel: 3, dilation: 2, padding: 2, bias: false }, [6, 7], 9),
    conv2d({ out: 7, kernel: 2, dilation: 3 }, [5, 8], 3),
    conv2d({ out: 3, kernel: 3, dilation: 3, stride: 2, padding: 4 }, [3, 7], 5),
    conv2d({ out: 4, kernel: 3, dilation: 2, groups: 2, padding: 1 }, [6, 9], 5),
    // groups: one channel each, several, more filters than channels, a remainder per vector
    conv2d({ out: 1, kernel: 3, groups: 1, padding: 1 }, [1, 5], 9),
    conv2d({ out: 3, kernel: 3, groups: 3, padding: 1 }, [3, 7], 5),
    conv2d({ out: 5, kernel: 3, groups: 5, padding: 1, bias: false }, [5, 5], 9),
    conv2d({ out: 8, kernel: 3, groups: 8, padding: 1, bias: false }, [8, 9], 8),
    conv2d({ out: 9, kernel: 5, groups: 9, padding: 2 }, [9, 7], 3),
    conv2d({ out: 7, kernel: 3, groups: 7, stride: 2, padding: 1 }, [7, 7], 13),
    conv2d({ out: 16, kernel: 3, groups: 8, stride: 2 }, [8, 9], 5),
    conv2d({ out: 9, kernel: 3, groups: 3 }, [3, 6], 7),
    conv2d({ out: 6, kernel: 3, groups: 3 }, [9, 5], 8),
    conv2d({ out: 10, kernel: 3, groups: 2, padding: 1 }, [6, 5], 9),
    conv2d({ out: 15, kernel: 1, groups: 5 }, [10, 3], 3),
    conv2d({ out: 12, kernel: 2, groups: 4, bias: false }, [12, 4], 17),
    conv2d({ out: 7, kernel: 2, groups: 7, padding: 3 }, [7, 3], 1),
  ],
};
