/**
 * Between PyTorch's layouts, which everything outside the engine has, and those of TensorFlow.js: maps are
 * [N,H,W,C] there, and a convolution's weight is [K,K,in,out].
 *
 * @module
 */
import type { TensorSpec } from "../../models/shapes.ts";

/** The shape that a tensor has inside. */
export function innerShape({ role, shape }: TensorSpec): number[] {
  if (role !== "convWeight") return [...shape];
  const [out, input, height, width] = shape;
  return [height, width, input, out];
}

/** Calls `visit(outer, inner)` with the two places of each element of a convolution's weight. */
function forEachWeight(shape: readonly number[], visit: (outer: number, inner: number) => void): void {
  const [out, input, height, width] = shape, positions = height * width;
  let outer = 0;
  for (let o = 0; o < out; o++) {
    for (let i = 0; i < input; i++) {
      for (let at = 0; at < positions; at++) visit(outer++, (at * input + i) * out + o);
    }
  }
}

/** PyTorch's values in the order of the inner shape. */
export function toInner({ role, shape }: TensorSpec, values: Float32Array): Float32Array {
  const out = values.slice();
  if (role === "convWeight") forEachWeight(shape, (outer, inner) => out[inner] = values[outer]);
  return out;
}

/** The inverse of `toInner`. */
export function toOuter({ role, shape }: TensorSpec, values: Float32Array): Float32Array {
  const out = values.slice();
  if (role === "convWeight") forEachWeight(shape, (outer, inner) => out[outer] = values[inner]);
  return out;
}
