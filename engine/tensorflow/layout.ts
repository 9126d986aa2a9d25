/**
 * Between PyTorch's layouts, which everything outside the engine has, and those of TensorFlow.js: a convolution's weight
 * [out,in,K,K] is [K,K,in,out] there, and what belongs to a map, [C,H,W], is [H,W,C].
 *
 * @module
 */
import type { TensorSpec } from "../../models/graph.ts";

/** Which of PyTorch's axes stands at each place inside, by rank; other ranks stay as they are. */
const AXES: Readonly<Record<number, readonly number[]>> = { 3: [1, 2, 0], 4: [2, 3, 1, 0] };

/** The shape that a tensor has inside. */
export function innerShape({ shape }: TensorSpec): number[] {
  return AXES[shape.length]?.map((axis) => shape[axis]) ?? [...shape];
}

/** Where each element, in inner order, stands in PyTorch's; undefined where the order is the same. */
function outerPlaces({ shape, length }: TensorSpec): Uint32Array | undefined {
  const axes = AXES[shape.length];
  if (axes === undefined) return undefined;
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
  return Uint32Array.from({ length }, (_, inner) => {
    let place = 0;
    for (const axis of axes.toReversed()) {
      place += inner % shape[axis] * strides[axis];
      inner = Math.floor(inner / shape[axis]);
    }
    return place;
  });
}

/** PyTorch's values in the order of the inner shape. */
export function toInner(spec: TensorSpec, values: Float32Array): Float32Array {
  const out = values.slice();
  outerPlaces(spec)?.forEach((outer, inner) => out[inner] = values[outer]);
  return out;
}

/** The inverse of `toInner`. */
export function toOuter(spec: TensorSpec, values: Float32Array): Float32Array {
  const out = values.slice();
  outerPlaces(spec)?.forEach((outer, inner) => out[outer] = values[inner]);
  return out;
}
