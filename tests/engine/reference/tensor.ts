/**
 * What passes through the reference network: float64 arrays [N,C,H,W], row-major; a flat vector has H = W = 1.
 *
 * @module
 */
import { isMap, type Shape } from "../../../models/shape.ts";

/** `[N,C,H,W]`, row-major. */
export interface Tensor {
  readonly shape: readonly [number, number, number, number];
  readonly data: Float64Array;
}

/** A tensor of zeros. */
export const zeros = (shape: Tensor["shape"]): Tensor => ({
  shape,
  data: new Float64Array(shape[0] * shape[1] * shape[2] * shape[3]),
});

/** The sizes of a batch of a value `[C,H,W]` or `[C]`. */
export const batchShape = (examples: number, shape: Shape): Tensor["shape"] =>
  isMap(shape) ? [examples, shape[0], shape[1], shape[2]] : [examples, shape[0], 1, 1];

/** Runs over all places of a tensor, in the order of its data. */
export function forEachElement(
  [N, C, H, W]: Tensor["shape"],
  visit: (offset: number, n: number, c: number, h: number, w: number) => void,
): void {
  let offset = 0;
  for (let n = 0; n < N; n++) {
    for (let c = 0; c < C; c++) {
      for (let h = 0; h < H; h++) {
        for (let w = 0; w < W; w++) visit(offset++, n, c, h, w);
      }
    }
  }
}
