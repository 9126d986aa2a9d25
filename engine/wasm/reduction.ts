/**
 * Sums in a fixed order: of the lanes of a vector, and of what the slices of a batch contribute.
 *
 * @module
 */
import {
  advance,
  countDown,
  type Expr,
  f32,
  f32x4,
  type FunctionBuilder,
  get,
  I32,
  i32,
  type Local,
  type ModuleBuilder,
  set,
  type Stmt,
  V128,
  v128,
} from "./assembler.ts";
import { POSITION_BYTES } from "./layout.ts";

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
 * Stores the sums of the eight lanes of what `scratch` holds from `scratchOffset` on, `[n,8]`, at the byte offsets
 * `to` from `out`: the two halves, then the four lanes as (0 + 2) + (1 + 3).
 */
export function storeLaneSums(
  f: FunctionBuilder,
  scratch: Local,
  out: Local,
  to: readonly number[],
  scratchOffset = 0,
): Stmt[] {
  const x = f.locals(4, V128), folded = f.local(V128);
  const statements: Stmt[] = [];
  const half = (i: number, h: number) => v128.load(get(scratch), scratchOffset + i * POSITION_BYTES + h);
  const both = (i: number) => f32x4.add(half(i, 0), half(i, 16));
  for (let first = 0; first < to.length; first += 4) {
    const here = to.slice(first, first + 4);
    if (here.length === 1) {
      statements.push(set(x[0], both(first)), f32.store(get(out), sumLanes(get(x[0])), here[0]));
      continue;
    }
    statements.push(
      ...here.map((_, i) => set(x[i], both(first + i))),
      set(
        folded,
        foldLanes(get(x[0]), get(x[1]), get(x[here.length > 2 ? 2 : 0]), get(x[here.length > 3 ? 3 : 0])),
      ),
      ...here.map((offset, i) => f32.store(get(out), f32x4.extractLane(get(folded), i), offset)),
    );
  }
  return statements;
}

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
