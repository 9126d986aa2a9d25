/**
 * Pools: one number for each window that slides over a channel, or for the whole of it.
 *
 * @module
 */
import type { Window } from "../../../models/shape.ts";
import type { Forward, Value } from "../operation.ts";

/** How a window's elements become one. */
type Summary = "largest" | "mean";

/** Parts of a window outside the map count for nothing. */
function slide(
  { shape: [C, H, W], data: x }: Value,
  { shape: [, OH, OW], data: y }: Value,
  { size, stride, padding }: Omit<Window, "dilation">,
  summary: Summary,
): void {
  for (let c = 0, o = 0; c < C; c++) {
    for (let i = 0; i < OH; i++) {
      const up = stride * i - padding, top = Math.max(0, up), bottom = Math.min(H, up + size);
      for (let j = 0; j < OW; j++, o++) {
        const across = stride * j - padding, left = Math.max(0, across), right = Math.min(W, across + size);
        let largest = -Infinity, sum = 0;
        for (let h = top; h < bottom; h++) {
          for (let w = left, at = (c * H + h) * W + left; w < right; w++, at++) {
            sum += x[at];
            if (x[at] > largest) largest = x[at];
          }
        }
        y[o] = summary === "largest" ? largest : sum / (size * size);
      }
    }
  }
}

function whole({ shape: [C, H, W], data: x }: Value, { data: y }: Value, summary: Summary): void {
  for (let c = 0, at = 0; c < C; c++) {
    let largest = -Infinity, sum = 0;
    for (const end = at + H * W; at < end; at++) {
      sum += x[at];
      if (x[at] > largest) largest = x[at];
    }
    y[c] = summary === "largest" ? largest : sum / (H * W);
  }
}

export const maxPool: Forward<"maxPool"> = ({ operation, inputs: [input], output }) =>
  slide(input, output, operation, "largest");

export const averagePool: Forward<"averagePool"> = ({ operation, inputs: [input], output }) =>
  slide(input, output, { ...operation, padding: 0 }, "mean");

export const globalMaxPool: Forward<"globalMaxPool"> = ({ inputs: [input], output }) =>
  whole(input, output, "largest");

export const globalAveragePool: Forward<"globalAveragePool"> = ({ inputs: [input], output }) =>
  whole(input, output, "mean");
