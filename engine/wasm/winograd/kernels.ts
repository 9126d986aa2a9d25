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
  f32x4,
  type FunctionBuilder,
  get,
  I32,
  i32,
  type Local,
  type ModuleBuilder,
  repeat,
  set,
  type Stmt,
  v128,
} from "../assembler.ts";
import { type Plane, POSITION_BYTES, rowBytes, starts } from "../layout.ts";
import { Fetching, type Rows } from "./ahead.ts";
import { addPack, addUnpack, bothSides } from "./filters.ts";
import { inputRows, outputRows, type Strip, type WinogradPlan } from "./plan.ts";
import { type Blocking, NARROW, paddedRows, product, SUM_BYTES, weightProduct, WIDE } from "./products.ts";
import {
  transformInput,
  transformInputGradient,
  transformOutput,
  transformOutputGradient,
} from "./transforms.ts";
import { VectorAlgebra } from "./vectors.ts";

/** What all kernels of a convolution are made from. */
interface Making {
  readonly module: ModuleBuilder;
  readonly name: string;
  readonly plan: WinogradPlan;
  readonly blocking: Blocking;
  readonly inputGradient: boolean;
  readonly bias: boolean;
  /** Whether the input is y of a batch norm and ReLU in front. */
  readonly normalizes: boolean;
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

/** Adds the functions of each strip, in the strips' order; strips that are alike have the same. */
function addStrips(making: Making): StripFunctions[] {
  const { name, module, plan, bias, normalizes } = making;
  const known = new Map<string, number>();
  /** A function that is added once under a name. */
  const once = (suffix: string, parameters: string[], build: (f: FunctionBuilder) => void): number => {
    let index = known.get(suffix);
    if (index === undefined) {
      known.set(suffix, index = module.function(`${name}.${suffix}`, parameters, build));
    }
    return index;
  };
  return plan.strips.map((strip, s) => {
    const rows = `${strip.tileRows}x${strip.lastRows}`, top = strip.isFirst ? "Top" : "";
    const transform = (suffix: string, add: typeof transformOutput, hasMore = false) =>
      once(suffix, ["image", "scratch", ...(hasMore ? ["perChannel"] : [])], (f) => {
        const [image, scratch, perChannel] = f.parameters.map((p) => f.parameter(p));
        f.emit(add(f, plan, strip, hasMore ? { image, scratch, perChannel } : { image, scratch }));
      });
    const next = plan.strips[s + 1], before = next ? `Before${next.tileRows}x${next.lastRows}` : "";
    const products = (suffix: string, add: typeof multiply, result: Rows | undefined) =>
      once(`${suffix}${rows}${before}`, ["u", "scratch", "result", "next"], (f) => {
        const soon = [
          ...(result ? [{ at: f.parameter("result"), rows: result }] : []),
          ...(next ? [{ at: f.parameter("next"), rows: inputRows(plan, next) }] : []),
        ];
        add(f, making, { strip, fetching: new Fetching(f, soon, burstsOf(making, strip)) });
      });
    return {
      transformInput: transform(`transformInput${top}${rows}`, transformInput, normalizes),
      products: products("products", multiply, outputRows(plan, strip)),
      transformOutput: transform(`transformOutput${top}${rows}`, transformOutput, bias),
      transformOutputGradient: transform(`transformOutputGradient${top}${rows}`, transformOutputGradient),
      gradientProducts: products(
        `gradientProducts${top}`,
        multiplyGradients,
        making.inputGradient ? inputRows(plan, strip) : undefined,
      ),
      transformInputGradient: transform(`transformInputGradient${top}${rows}`, transformInputGradient),
    };
  });
}

/** A strip's products, and what is fetched meanwhile. */
interface Work {
  readonly strip: Strip;
  readonly fetching: Fetching;
}

/** Blocks of tiles in all products of a strip, but for one that is left over. */
const burstsOf = ({ plan, blocking }: Making, { tileRows }: Strip): number =>
  pointsOf(plan) * Math.floor(tileRows * plan.tileColumns / blocking.tiles);

/** M = Σ(c) U ⊙ V of a strip. */
function multiply(f: FunctionBuilder, { plan, blocking }: Making, { strip, fetching }: Work): void {
  const { inputs: C, outputs: K } = plan.shape, tiles = strip.tileRows * plan.tileColumns;
  const [u, scratch] = f.parameters.map((p) => f.parameter(p));
  const v = f.local(I32), m = f.local(I32);
  f.emit(
    fetching.begin,
    inScratch(v, scratch, plan.vOffset),
    inScratch(m, scratch, plan.mOffset),
    repeat(
      f.local(I32),
      pointsOf(plan),
      product(
        f,
        { tiles, rows: K, terms: C, weightRow: 4 * C, weightTerm: 4 },
        { weights: u, operand: v, out: m },
        { blocking, meanwhile: fetching.some },
      ),
      advance(v, plan.vBytes),
      advance(m, plan.mBytes),
      advance(u, 4 * plan.weightsOfPoint),
    ),
    fetching.end(scratch),
  );
}

/** Adds `name.forward`. */
function addForward(
  { module, name, plan, bias, normalizes }: Making,
  strips: readonly StripFunctions[],
): void {
  const firstRows = firstRowsOf(plan);
  module.function(
    `${name}.forward`,
    ["input", ...(normalizes ? ["records"] : []), "u", ...(bias ? ["bias"] : []), "output", "scratch"],
    (f) => {
      const [input, u, output, scratch] = ["input", "u", "output", "scratch"].map((p) => f.parameter(p));
      strips.forEach(({ transformInput, products, transformOutput }, s) =>
        f.emit(
          call(
            transformInput,
            rowAt(input, plan.input, { row: firstRows[s], border: plan.shape.padding }),
            get(scratch),
            ...(normalizes ? [get(f.parameter("records"))] : []),
          ),
          call(
            products,
            get(u),
            get(scratch),
            rowAt(output, plan.output, { row: firstRows[s], border: 0 }),
            rowAt(input, plan.input, { row: firstRows[s + 1] ?? 0, border: plan.shape.padding }),
          ),
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

const sumBytesOfPoint = ({ shape: { inputs, outputs } }: WinogradPlan): number =>
  inputs * paddedRows(outputs) * SUM_BYTES;

/** dU += Σ(tiles) dM ⊙ V of a strip, and dV = Σ(k) U ⊙ dM if it is wanted. */
function multiplyGradients(
  f: FunctionBuilder,
  { plan, blocking, inputGradient }: Making,
  { strip, fetching }: Work,
): void {
  const { inputs: C, outputs: K } = plan.shape, tiles = strip.tileRows * plan.tileColumns;
  const [u, scratch] = f.parameters.map((p) => f.parameter(p));
  const v = f.local(I32), m = f.local(I32), sums = f.local(I32);
  f.emit(
    inputGradient ? fetching.begin : [],
    inScratch(v, scratch, plan.vOffset),
    inScratch(m, scratch, plan.mOffset),
    inScratch(sums, scratch, plan.sumsOffset),
    repeat(
      f.local(I32),
      pointsOf(plan),
      weightProduct(f, { tiles, inputs: C, outputs: K, accumulates: !strip.isFirst }, { v, m, sums }),
      // V has been used: dV takes its place
      inputGradient
        ? product(
          f,
          { tiles, rows: C, terms: K, weightRow: 4, weightTerm: 4 * C },
          { weights: u, operand: m, out: v },
          { blocking, meanwhile: fetching.some },
        )
        : [],
      advance(v, plan.vBytes),
      advance(m, plan.mBytes),
      advance(u, 4 * plan.weightsOfPoint),
      advance(sums, sumBytesOfPoint(plan)),
    ),
    inputGradient ? fetching.end(scratch) : [],
  );
}

/** Adds `name.backward`. */
function addBackward(making: Making, strips: readonly StripFunctions[]): void {
  const { module, name, plan, inputGradient, normalizes } = making;
  const { padding } = plan.shape, firstRows = firstRowsOf(plan);
  const weightGradient = addWeightGradient(making);
  module.function(
    `${name}.backward`,
    ["input", ...(normalizes ? ["records"] : []), "dOutput", "u", "dWeight", "dInput", "scratch"],
    (f) => {
      const [input, dOutput, u] = ["input", "dOutput", "u"].map((p) => f.parameter(p));
      const [dWeight, dInput, scratch] = ["dWeight", "dInput", "scratch"].map((p) => f.parameter(p));
      strips.forEach((functions, s) => {
        const row = firstRows[s];
        f.emit(
          call(
            functions.transformInput,
            rowAt(input, plan.input, { row, border: padding }),
            get(scratch),
            ...(normalizes ? [get(f.parameter("records"))] : []),
          ),
          call(
            functions.transformOutputGradient,
            rowAt(dOutput, plan.outputGradient, { row, border: 0 }),
            get(scratch),
          ),
          call(
            functions.gradientProducts,
            get(u),
            get(scratch),
            rowAt(dInput, plan.input, { row, border: padding }),
            rowAt(input, plan.input, { row: firstRows[s + 1] ?? 0, border: padding }),
          ),
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

/** Adds `name.weightGradient(scratch, dWeight)`: dg = Gᵀ dU G of a slice, four output channels at a time. */
function addWeightGradient({ module, name, plan }: Making): number {
  const { inputs: C, outputs: K } = plan.shape, { points: n, weightGradient } = plan.tile;
  const vectors = C * paddedRows(K) / 4;
  return module.function(`${name}.weightGradient`, ["scratch", "dWeight"], (f) => {
    const [scratch, dWeight] = f.parameters.map((p) => f.parameter(p));
    const sums = f.local(I32), v = new VectorAlgebra(f);
    const half = (point: number, h: number) => v128.load(get(sums), point * sumBytesOfPoint(plan) + 16 * h);
    bothSides(
      n,
      (point) => v.value(f32x4.add(half(point, 0), half(point, 1))),
      (values) => weightGradient(v, values),
    ).forEach((value, tap) => v.statements.push(v128.store(get(dWeight), get(value), tap * 16 * vectors)));
    f.emit(
      v.constants.load(scratch),
      inScratch(sums, scratch, plan.sumsOffset),
      repeat(f.local(I32), vectors, ...v.statements, advance(sums, 4 * SUM_BYTES), advance(dWeight, 16)),
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
 *   With `normalizes`, `records` are behind the input of both, by channel as `CHANNEL_RECORD` says: the input is
 *   max(scale·y + shift, 0) of the y that is there, which is for convolutions without padding
 * - `name.unpack(sum, dWeight)`: the slices' sum of dg as `[K,C,3,3]`
 *
 * `wide` suits machines whose registers hold a whole position (see `tuning.ts`); it does not change the bits.
 */
export function winogradKernels(
  module: ModuleBuilder,
  name: string,
  plan: WinogradPlan,
  { inputGradient = true, bias = false, wide = false, normalizes = false }: {
    inputGradient?: boolean;
    bias?: boolean;
    wide?: boolean;
    normalizes?: boolean;
  } = {},
): void {
  const making: Making = {
    module,
    name,
    plan,
    blocking: wide ? WIDE : NARROW,
    inputGradient,
    bias,
    normalizes,
  };
  const strips = addStrips(making);
  addForward(making, strips);
  addBackward(making, strips);
  addPack(making);
  addUnpack(making);
}
