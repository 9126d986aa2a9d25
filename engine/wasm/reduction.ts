/**
 * Sums in a fixed order: of the lanes of a vector, and of what the slices of a batch contribute.
 *
 * @module
 */
import {
  advance,
  countDown,
  type Expr,
  f32x4,
  get,
  I32,
  i32,
  type ModuleBuilder,
  set,
  V128,
  v128,
} from "./assembler.ts";

/** One vector of four sums: lane i is the sum of the i-th argument's lanes, (0 + 2) + (1 + 3). */
export function foldLanes(a: Expr, b: Expr, c: Expr, d: Expr): Expr {
  const pair = (x: Expr, y: Expr): Expr =>
    // x0+x2, x1+x3, y0+y2, y1+y3
    f32x4.add(v128.shuffle32(x, y, [0, 1, 4, 5]), v128.shuffle32(x, y, [2, 3, 6, 7]));
  const ab = pair(a, b), cd = pair(c, d);
  return f32x4.add(v128.shuffle32(ab, cd, [0, 2, 4, 6]), v128.shuffle32(ab, cd, [1, 3, 5, 7]));
}

/** The sum of one vector's lanes, (0 + 2) + (1 + 3), as a float32. */
export const sumLanes = (a: Expr): Expr => f32x4.extractLane(foldLanes(a, a, a, a), 0);

/**
 * Adds `sumSlices(from, strideBytes, slices, to, vectors)`: to[i] = from[0][i] + from[1][i] + …, in this order.
 */
export function reductionKernels(module: ModuleBuilder): void {
  module.function("sumSlices", ["from", "stride", "slices", "to", "vectors"], (f) => {
    const [from, stride, slices, to, vectors] = f.parameters.map((p) => f.parameter(p));
    const counter = f.local(I32), at = f.local(I32), sum = f.local(V128);
    f.emit(countDown(
      vectors,
      set(sum, v128.zero),
      set(at, get(from)),
      set(counter, get(slices)),
      countDown(
        counter,
        set(sum, f32x4.add(get(sum), v128.load(get(at)))),
        set(at, i32.add(get(at), get(stride))),
      ),
      v128.store(get(to), get(sum)),
      advance(to, 16),
      advance(from, 16),
    ));
  });
}
