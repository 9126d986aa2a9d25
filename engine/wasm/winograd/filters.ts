/**
 * The filters of a Winograd convolution on their way in and out: transformed after they have changed, and their gradient
 * in their own order.
 *
 * @module
 */
import { advance, type Expr, f32, get, I32, type ModuleBuilder, repeat, v128 } from "../assembler.ts";
import type { WinogradPlan } from "./plan.ts";
import { paddedRows } from "./products.ts";
import { VectorAlgebra } from "./vectors.ts";

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** T x Tᵀ of n×n values, which are made column by column: along the columns, then along the rows. */
export function bothSides<T>(
  n: number,
  value: (index: number) => T,
  transform: (values: readonly T[]) => T[],
): T[] {
  const columns = range(n).map((j) => transform(range(n).map((i) => value(n * i + j))));
  return columns[0].flatMap((_, i) => transform(columns.map((column) => column[i])));
}

/** A convolution whose filters are handled. */
interface Filters {
  readonly module: ModuleBuilder;
  readonly name: string;
  readonly plan: WinogradPlan;
}

/** Adds `name.pack(weight, u)`: U = G g Gᵀ. */
export function addPack({ module, name, plan }: Filters): void {
  const { inputs: C, outputs: K } = plan.shape, { weight: transform } = plan.tile;
  module.function(`${name}.pack`, ["weight", "u"], (f) => {
    const [weight, u] = f.parameters.map((p) => f.parameter(p));
    /** Filters that follow one another, in the lanes of a vector; the last one again where there are fewer than four. */
    const some = (filters: number): VectorAlgebra => {
      const v = new VectorAlgebra(f);
      const g = (tap: number) => {
        const [a, b, c, d] = [0, 1, 2, 3].map((lane) =>
          v128.load32Zero(get(weight), 36 * Math.min(lane, filters - 1) + 4 * tap)
        );
        const pair = (x: Expr, y: Expr) => v128.shuffle32(x, y, [0, 4, 1, 5]);
        return v.value(v128.shuffle32(pair(a, b), pair(c, d), [0, 1, 4, 5]));
      };
      bothSides(3, g, (values) => transform(v, values)).forEach((value, point) =>
        v.statements.push(v128.store(get(u), get(value), point * 4 * plan.weightsOfPoint))
      );
      return v;
    };
    const vectors = Math.floor(K * C / 4), rest = K * C % 4;
    const four = some(4), last = some(rest);
    // constants come by way of where U will be
    f.emit(four.constants.load(u), last.constants.load(u));
    if (vectors > 0) {
      f.emit(repeat(f.local(I32), vectors, ...four.statements, advance(weight, 4 * 36), advance(u, 16)));
    }
    if (rest > 0) f.emit(...last.statements);
  });
}

/** Adds `name.unpack(sum, dWeight)`: the slices' sum of dg in the order of the weights. */
export function addUnpack({ module, name, plan }: Filters): void {
  const { inputs: C, outputs: K } = plan.shape, row = 4 * paddedRows(K);
  module.function(`${name}.unpack`, ["sum", "dWeight"], (f) => {
    const [sum, dWeight] = f.parameters.map((p) => f.parameter(p));
    f.emit(
      repeat(
        f.local(I32),
        K,
        repeat(
          f.local(I32),
          C,
          ...Array.from(
            { length: 9 },
            (_, tap) => f32.store(get(dWeight), f32.load(get(sum), tap * C * row), 4 * tap),
          ),
          advance(sum, row),
          advance(dWeight, 36),
        ),
        advance(sum, 4 - C * row),
      ),
    );
  });
}
