/**
 * What pools have in common: windows that slide over each channel of a map.
 *
 * @module
 */
import { type Window, windowPositions } from "../../../models/shape.ts";
import type { Pass } from "./reference_operation.ts";
import { forEachElement, type Tensor, zeros } from "./tensor.ts";

/** The output of a pool, zeros at first, and a visit to all elements that each window covers, row by row. */
function windows(
  [N, C, H, W]: Tensor["shape"],
  { size, stride, padding }: Omit<Window, "dilation">,
): { readonly output: Tensor; forEachCovered(visit: (output: number, input: number) => void): void } {
  const positions = (length: number) => windowPositions(length, { size, stride, padding, dilation: 1 });
  const output = zeros([N, C, positions(H), positions(W)]);
  return {
    output,
    forEachCovered(visit) {
      forEachElement(output.shape, (o, n, c, i, j) => {
        for (let a = 0; a < size; a++) {
          const h = stride * i + a - padding;
          if (h < 0 || h >= H) continue;
          for (let b = 0; b < size; b++) {
            const w = stride * j + b - padding;
            if (w >= 0 && w < W) visit(o, ((n * C + c) * H + h) * W + w);
          }
        }
      });
    },
  };
}

/** The largest of each window, padding never; a tie goes to the first. */
export function largest(input: Tensor, window: Omit<Window, "dilation">): Pass {
  const { output, forEachCovered } = windows(input.shape, window);
  const winner = new Int32Array(output.data.length).fill(-1);
  forEachCovered((o, i) => {
    if (winner[o] < 0 || input.data[i] > input.data[winner[o]]) winner[o] = i;
  });
  winner.forEach((i, o) => output.data[o] = input.data[i]);
  return {
    output,
    backward(dOutput) {
      const dInput = zeros(input.shape);
      winner.forEach((i, o) => dInput.data[i] += dOutput.data[o]);
      return { inputs: [dInput] };
    },
  };
}

/** The mean of each window, which nothing pads. */
export function mean(input: Tensor, { size, stride }: Pick<Window, "size" | "stride">): Pass {
  const { output, forEachCovered } = windows(input.shape, { size, stride, padding: 0 });
  forEachCovered((o, i) => output.data[o] += input.data[i] / (size * size));
  return {
    output,
    backward(dOutput) {
      const dInput = zeros(input.shape);
      forEachCovered((o, i) => dInput.data[i] += dOutput.data[o] / (size * size));
      return { inputs: [dInput] };
    },
  };
}

/** The pool of a whole map, as a flat vector. */
export function flat({ output, backward }: Pass): Pass {
  const { shape, data } = output, [N, C] = shape;
  return {
    output: { shape: [N, C, 1, 1], data },
    backward: (dOutput) => backward({ shape, data: dOutput.data }),
  };
}
