/**
 * 3×3 convolution by Winograd's F(m×m,3×3), forward and backward, for one slice of eight examples.
 *
 * Each m×m tile of the output needs an n×n tile of the input, n = m + 2. Both go through small linear transforms, and
 * the 9·m² multiplications of the direct method become n²:
 *
 *   V = Bᵀ d B      U = G g Gᵀ      M = Σ(c) U ⊙ V      y = Aᵀ M A
 *
 * The backward pass is the transpose of that, so it shares the transformed tiles:
 *
 *   dM = A dy Aᵀ    dU = Σ(tiles, examples) dM ⊙ V      dV = Σ(k) U ⊙ dM      dd = B dV Bᵀ    dg = Gᵀ dU G
 *
 * The middle step is n² independent matrix products, one for each point ξ. Tiles are handled in *strips* of one or more
 * rows of tiles, so that what is being multiplied stays in the second-level cache.
 *
 * Layouts: V `[n²,T,C,8]`, M and dM `[n²,T,K,8]` with T tiles a strip; U `[n²,K,C]` with whole vectors for a point; dU `[n²,C,⌈K/4⌉,2,4]`, two halves of sums apart; dg of a slice `[9,C,4⌈K/4⌉]`.
 * Order of sums: c, k and tiles ascending in a strip; the four lanes of each half as (0 + 2) + (1 + 3); strips top to
 * bottom; the two halves.
 * Source: Lavin and Gray (2015), arXiv:1509.09308.
 *
 * @module
 */
import {
  advance,
  call,
  type Expr,
  f32,
  f32x4,
  type FunctionBuilder,
  get,
  I32,
  i32,
  type Local,
  type ModuleBuilder,
  repeat,
  set,
  setPair,
  type Stmt,
  storePair,
  V128,
  v128,
} from "../assembler.ts";
import { channelBytes, type Plane, POSITION_BYTES, rowBytes, starts } from "../layout.ts";
import type { Strip, WinogradPlan } from "./plan.ts";
import { type Blocking, NARROW, paddedRows, product, SUM_BYTES, weightProduct, WIDE } from "./products.ts";
import type { Algebra } from "./tiles.ts";
import {
  transformInput,
  transformInputGradient,
  transformOutput,
  transformOutputGradient,
} from "./transforms.ts";

const { add } = f32x4;

/** What all kernels of a convolution are made from. */
interface Making {
  readonly module: ModuleBuilder;
  readonly name: string;
  readonly plan: WinogradPlan;
  readonly blocking: Blocking;
  readonly inputGradient: boolean;
  readonly bias: boolean;
}

const pointsOf = ({ tile }: WinogradPlan): number => tile.points * tile.points;

/** A pointer into the scratch memory. */
const inScratch = (local: Local, scratch: Local, offset: number): Stmt =>
  set(local, i32.add(get(scratch), i32.const(offset)));

/** The first output row of each strip. */
const firstRowsOf = ({ strips, tile }: WinogradPlan): number[] =>
  starts(strips.map(({ tileRows }) => tileRows * tile.outputs));

/** Where a row begins in a plane, counted from `border` rows and columns in front of the image. */
const rowAt = (address: Local, plane: Plane, { row, border }: { row: number; border: number }): Expr =>
  i32.add(
    get(address),
    i32.const((row + plane.border - border) * rowBytes(plane) + (plane.border - border) * POSITION_BYTES),
  );

/** What is done to one strip, each a function of its own: V8 merges halves in all of a function or in none. */
interface StripFunctions {
  readonly transformInput: number;
  readonly products: number;
  readonly transformOutput: number;
  readonly transformOutputGradient: number;
  readonly gradientProducts: number;
  readonly transformInputGradient: number;
}

/** Adds the functions of each strip, in the strips' order; strips of as many tile rows have the same. */
function addStrips(making: Making): StripFunctions[] {
  const { name, module, plan, bias } = making;
  const known = new Map<string, StripFunctions>();
  return plan.strips.map((strip) => {
    const suffix = `${strip.tileRows}x${strip.lastRows}`;
    let functions = known.get(suffix);
    if (functions === undefined) {
      const transform = (
        kind: "transformInput" | "transformOutput" | "transformOutputGradient" | "transformInputGradient",
        add: typeof transformOutput,
        hasBias = false,
      ) =>
        module.function(
          `${name}.${kind}${suffix}`,
          ["image", "scratch", ...(hasBias ? ["bias"] : [])],
          (f) => {
            const [image, scratch, bias] = f.parameters.map((p) => f.parameter(p));
            f.emit(add(f, plan, strip, hasBias ? { image, scratch, bias } : { image, scratch }));
          },
        );
      functions = {
        transformInput: transform("transformInput", transformInput),
        products: addProducts(making, strip, suffix),
        transformOutput: transform("transformOutput", transformOutput, bias),
        transformOutputGradient: transform("transformOutputGradient", transformOutputGradient),
        gradientProducts: addGradientProducts(making, strip, suffix),
        transformInputGradient: transform("transformInputGradient", transformInputGradient),
      };
      known.set(suffix, functions);
    }
    return functions;
  });
}

/** Adds M = Σ(c) U ⊙ V of a strip. */
function addProducts({ module, name, plan, blocking }: Making, strip: Strip, suffix: string): number {
  const { inputs: C, outputs: K } = plan.shape;
  return module.function(`${name}.products${suffix}`, ["u", "scratch"], (f) => {
    const [u, scratch] = f.parameters.map((p) => f.parameter(p));
    const v = f.local(I32), m = f.local(I32);
    f.emit(
      inScratch(v, scratch, plan.vOffset),
      inScratch(m, scratch, plan.mOffset),
      repeat(
        f.local(I32),
        pointsOf(plan),
        product(
          f,
          { tiles: strip.tileRows * plan.tileColumns, rows: K, terms: C, weightRow: 4 * C, weightTerm: 4 },
          { weights: u, operand: v, out: m },
          blocking,
        ),
        advance(v, plan.vBytes),
        advance(m, plan.mBytes),
        advance(u, 4 * plan.weightsOfPoint),
      ),
    );
  });
}

/** Adds `name.forward`. */
function addForward({ module, name, plan, bias }: Making, strips: readonly StripFunctions[]): void {
  const firstRows = firstRowsOf(plan);
  module.function(
    `${name}.forward`,
    ["input", "u", ...(bias ? ["bias"] : []), "output", "scratch"],
    (f) => {
      const [input, u, output, scratch] = ["input", "u", "output", "scratch"].map((p) => f.parameter(p));
      strips.forEach(({ transformInput, products, transformOutput }, s) =>
        f.emit(
          call(
            transformInput,
            rowAt(input, plan.input, { row: firstRows[s], border: plan.shape.padding }),
            get(scratch),
          ),
          call(products, get(u), get(scratch)),
          call(
            transformOutput,
            rowAt(output, plan.output, { row: firstRows[s], border: 0 }),
            get(scratch),
            ...(bias ? [get(f.parameter("bias"))] : []),
          ),
        )
      );
    },
  );
}

/** Whether the sums of dU come from more than one strip. */
const accumulates = ({ strips }: WinogradPlan): boolean => strips.length > 1;

const sumBytesOfPoint = ({ shape: { inputs, outputs } }: WinogradPlan): number =>
  inputs * paddedRows(outputs) * SUM_BYTES;

/** Adds dU += Σ(tiles) dM ⊙ V, and dV = Σ(k) U ⊙ dM if it is wanted, of a strip. */
function addGradientProducts(
  { module, name, plan, blocking, inputGradient }: Making,
  strip: Strip,
  suffix: string,
): number {
  const { inputs: C, outputs: K } = plan.shape, tiles = strip.tileRows * plan.tileColumns;
  return module.function(`${name}.gradientProducts${suffix}`, ["u", "scratch"], (f) => {
    const [u, scratch] = f.parameters.map((p) => f.parameter(p));
    const v = f.local(I32), m = f.local(I32), sums = f.local(I32);
    f.emit(
      inScratch(v, scratch, plan.vOffset),
      inScratch(m, scratch, plan.mOffset),
      inScratch(sums, scratch, plan.sumsOffset),
      repeat(
        f.local(I32),
        pointsOf(plan),
        weightProduct(f, { tiles, inputs: C, outputs: K, accumulates: accumulates(plan) }, { v, m, sums }),
        // V has been used: dV takes its place
        inputGradient
          ? product(f, { tiles, rows: C, terms: K, weightRow: 4, weightTerm: 4 * C }, {
            weights: u,
            operand: m,
            out: v,
          }, blocking)
          : [],
        advance(v, plan.vBytes),
        advance(m, plan.mBytes),
        advance(u, 4 * plan.weightsOfPoint),
        advance(sums, sumBytesOfPoint(plan)),
      ),
    );
  });
}

/** Zeros from `to` on, which is moved behind them. */
function zeroPositions(f: FunctionBuilder, to: Local, positions: number): Stmt {
  const zero = f.pair();
  return [
    ...setPair(zero, () => v128.zero),
    ...repeat(f.local(I32), positions, storePair(get(to), zero), advance(to, POSITION_BYTES)),
  ];
}

/** Adds `name.backward`. */
function addBackward(making: Making, strips: readonly StripFunctions[]): void {
  const { module, name, plan, inputGradient } = making;
  const { inputs: C, padding } = plan.shape, firstRows = firstRowsOf(plan);
  const weightGradient = addWeightGradient(making);
  module.function(
    `${name}.backward`,
    ["input", "dOutput", "u", "dWeight", "dInput", "scratch"],
    (f) => {
      const [input, dOutput, u, dWeight, dInput, scratch] = f.parameters.map((p) => f.parameter(p));
      const to = f.local(I32);
      if (accumulates(plan)) {
        f.emit(
          inScratch(to, scratch, plan.sumsOffset),
          zeroPositions(f, to, pointsOf(plan) * sumBytesOfPoint(plan) / POSITION_BYTES),
        );
      }
      if (inputGradient) {
        // the first two rows of every channel, which the first strip adds to
        f.emit(
          set(to, rowAt(dInput, plan.input, { row: 0, border: padding })),
          repeat(
            f.local(I32),
            C,
            // two rows, and what lies between them in a larger plane
            zeroPositions(f, to, plan.input.columns + plan.shape.width + 2 * padding),
            advance(
              to,
              channelBytes(plan.input) - rowBytes(plan.input) -
                (plan.shape.width + 2 * padding) * POSITION_BYTES,
            ),
          ),
        );
      }
      strips.forEach((functions, s) => {
        const row = firstRows[s];
        f.emit(
          call(functions.transformInput, rowAt(input, plan.input, { row, border: padding }), get(scratch)),
          call(
            functions.transformOutputGradient,
            rowAt(dOutput, plan.outputGradient, { row, border: 0 }),
            get(scratch),
          ),
          call(functions.gradientProducts, get(u), get(scratch)),
          inputGradient
            ? call(
              functions.transformInputGradient,
              rowAt(dInput, plan.input, { row, border: padding }),
              get(scratch),
            )
            : [],
        );
      });
      f.emit(call(weightGradient, get(scratch), get(dWeight)));
    },
  );
}

/** Arithmetic on vectors of four, each value in a local of its own. */
class VectorAlgebra implements Algebra<Local> {
  readonly statements: Stmt[] = [];
  readonly #function: FunctionBuilder;

  constructor(f: FunctionBuilder) {
    this.#function = f;
  }

  value(expression: Expr): Local {
    const local = this.#function.local(V128);
    this.statements.push(set(local, expression));
    return local;
  }

  add(a: Local, b: Local): Local {
    return this.value(f32x4.add(get(a), get(b)));
  }

  subtract(a: Local, b: Local): Local {
    return this.value(f32x4.sub(get(a), get(b)));
  }

  multiply(c: number, a: Local): Local {
    return this.value(f32x4.mul(f32x4.const(c), get(a)));
  }

  multiplyAdd(c: number, a: Local, b: Local): Local {
    return this.value(f32x4.madd(f32x4.const(c), get(a), get(b)));
  }
}

/** T x Tᵀ of a square `x[i][j]`: along the columns, then along the rows. */
function bothSides<T>(x: readonly (readonly T[])[], transform: (values: readonly T[]) => T[]): T[][] {
  const columns = x[0].map((_, j) => transform(x.map((row) => row[j])));
  return columns[0].map((_, i) => transform(columns.map((column) => column[i])));
}

const square = <T>(n: number, value: (index: number) => T): T[][] =>
  Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => value(n * i + j)));

/** Adds `name.weightGradient(scratch, dWeight)`: dg = Gᵀ dU G of a slice, four output channels at a time. */
function addWeightGradient({ module, name, plan }: Making): number {
  const { inputs: C, outputs: K } = plan.shape, { points: n, weightGradient } = plan.tile;
  const vectors = C * paddedRows(K) / 4;
  return module.function(`${name}.weightGradient`, ["scratch", "dWeight"], (f) => {
    const [scratch, dWeight] = f.parameters.map((p) => f.parameter(p));
    const sums = f.local(I32), v = new VectorAlgebra(f);
    const dU = square(n, (point) => {
      const half = (h: number) => v128.load(get(sums), point * sumBytesOfPoint(plan) + 16 * h);
      return v.value(add(half(0), half(1)));
    });
    bothSides(dU, (values) => weightGradient(v, values)).flat().forEach((value, tap) =>
      v.statements.push(v128.store(get(dWeight), get(value), tap * 16 * vectors))
    );
    f.emit(
      inScratch(sums, scratch, plan.sumsOffset),
      repeat(f.local(I32), vectors, ...v.statements, advance(sums, 4 * SUM_BYTES), advance(dWeight, 16)),
    );
  });
}

/** Adds `name.pack`. */
function addPack({ module, name, plan }: Making): void {
  const { inputs: C, outputs: K } = plan.shape, { weight: transform } = plan.tile;
  module.function(`${name}.pack`, ["weight", "u"], (f) => {
    const [weight, u] = f.parameters.map((p) => f.parameter(p));
    /** Filters that follow one another, in the lanes of a vector; the last one again where there are fewer than four. */
    const some = (filters: number): Stmt[] => {
      const v = new VectorAlgebra(f);
      const g = square(3, (tap) => {
        const [a, b, c, d] = [0, 1, 2, 3].map((lane) =>
          v128.load32Zero(get(weight), 36 * Math.min(lane, filters - 1) + 4 * tap)
        );
        const pair = (x: Expr, y: Expr) => v128.shuffle32(x, y, [0, 4, 1, 5]);
        return v.value(v128.shuffle32(pair(a, b), pair(c, d), [0, 1, 4, 5]));
      });
      bothSides(g, (values) => transform(v, values)).flat().forEach((value, point) =>
        v.statements.push(v128.store(get(u), get(value), point * 4 * plan.weightsOfPoint))
      );
      return v.statements;
    };
    const vectors = Math.floor(K * C / 4), rest = K * C % 4;
    f.emit(
      ...(vectors > 0
        ? [repeat(f.local(I32), vectors, ...some(4), advance(weight, 4 * 36), advance(u, 16))]
        : []),
      ...(rest > 0 ? some(rest) : []),
    );
  });
}

/** Adds `name.unpack`. */
function addUnpack({ module, name, plan }: Making): void {
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

/**
 * Adds the kernels of a convolution to a module, under `name`:
 *
 * - `name.pack(weight, u)`: U = G g Gᵀ; weight `[K,C,3,3]`
 * - `name.forward(input, u, output, scratch)`, with `bias` after `u` where there is one
 * - `name.backward(input, dOutput, u, dWeight, dInput, scratch)`: writes the slice's dg `[9,C,4⌈K/4⌉]` and, unless
 *   `inputGradient` is false, dInput
 * - `name.unpack(sum, dWeight)`: the slices' sum of dg as `[K,C,3,3]`
 *
 * `wide` suits machines whose registers hold a whole position (see `tuning.ts`); it does not change the bits.
 */
export function winogradKernels(
  module: ModuleBuilder,
  name: string,
  plan: WinogradPlan,
  { inputGradient = true, bias = false, wide = false }: {
    inputGradient?: boolean;
    bias?: boolean;
    wide?: boolean;
  } = {},
): void {
  const making: Making = { module, name, plan, blocking: wide ? WIDE : NARROW, inputGradient, bias };
  const strips = addStrips(making);
  addForward(making, strips);
  addBackward(making, strips);
  addPack(making);
  addUnpack(making);
}
