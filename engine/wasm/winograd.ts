/**
 * 3×3 convolution by Winograd's F(2×2,3×3), forward and backward, for one group of eight examples.
 *
 * Each 2×2 tile of the output needs a 4×4 tile of the input. Both go through small linear transforms of additions
 * only, and the 36 multiplications of the direct method become 16:
 *
 *   V = Bᵀ d B      U = G g Gᵀ      M = Σ(c) U ⊙ V      y = Aᵀ M A
 *
 * The backward pass is the transpose of that, so it shares the transformed tiles:
 *
 *   dM = A dy Aᵀ    dU = Σ(tiles, examples) dM ⊙ V      dV = Σ(k) U ⊙ dM      dd = B dV Bᵀ    dg = Gᵀ dU G
 *
 * The middle step is sixteen independent matrix products, one for each position ξ of a 4×4 tile. Tiles are
 * handled in *strips* of one or more tile rows, so that what is being multiplied stays in the first-level cache.
 *
 * Layouts: V `[16,C,T,8]`, M and dM `[16,K,T,8]` with T tiles a strip; U `[16,K,C]`; dU `[16,K,C,4]` while lanes
 * are apart, then `[16,K,C]` for a slice.
 * Order of sums: c, k and tiles ascending; the four lanes as (0 + 2) + (1 + 3) after the two halves have
 * been added in turn; strips top to bottom.
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
  type Stmt,
  V128,
  v128,
} from "./assembler.ts";
import {
  channelBytes,
  type ConvShape,
  evenBlocks,
  HALVES,
  outputHeight,
  outputWidth,
  type Plane,
  POSITION_BYTES,
  rowBytes,
  starts,
} from "./layout.ts";
import { foldLanes } from "./reduction.ts";

/** Positions of a 4×4 tile. */
const POSITIONS = 16;

/** About as many tiles as keep one product's operands in a 32 KiB first-level cache. */
const TILES_PER_STRIP = 13;

/** Output rows of a product that, with two vectors each, fit into fifteen registers beside their operands. */
const ROWS_IN_REGISTERS = 6;

/** Sixteen streams with a stride of 4,096 bytes would share a cache set; this many bytes set them apart. */
const STREAM_OFFSET = 320;

/** Where everything of a Winograd convolution lies. Scratch offsets are relative to the worker's scratch. */
export interface WinogradPlan {
  readonly shape: ConvShape;
  readonly input: Plane;
  /** Of y, dy: its surplus row and column hold nothing in y and zeros in dy. */
  readonly output: Plane;
  /** Tile rows of each strip. */
  readonly strips: readonly number[];
  readonly tileColumns: number;
  /** Bytes of V and M for one ξ. */
  readonly vBytes: number;
  readonly mBytes: number;
  readonly scratchBytes: number;
  /** Floats of U, and of dU in one slice. */
  readonly transformedWeights: number;
}

/** Lays out a 3×3 convolution. */
export function planWinograd(shape: ConvShape): WinogradPlan {
  const tileRows = Math.ceil(outputHeight(shape) / 2), tileColumns = Math.ceil(outputWidth(shape) / 2);
  const strips = evenBlocks(tileRows, Math.max(1, Math.floor(TILES_PER_STRIP / tileColumns)));
  const { inputs: C, outputs: K, height, width } = shape;
  const tiles = strips[0] * tileColumns;
  const stream = (channels: number) => {
    const bytes = channels * tiles * POSITION_BYTES;
    return bytes + ((STREAM_OFFSET - (bytes % 4096) + 4096) % 4096);
  };
  const vBytes = stream(C), mBytes = stream(K);
  return {
    shape,
    input: {
      channels: C,
      height,
      width,
      rows: 2 * tileRows + 2,
      columns: 2 * tileColumns + 2,
      border: shape.padding,
    },
    output: {
      channels: K,
      height: outputHeight(shape),
      width: outputWidth(shape),
      rows: 2 * tileRows,
      columns: 2 * tileColumns,
      border: 0,
    },
    strips,
    tileColumns,
    vBytes,
    mBytes,
    scratchBytes: POSITIONS * (vBytes + mBytes + K * C * 16),
    transformedWeights: POSITIONS * K * C,
  };
}

const { add, sub, madd, mul } = f32x4;

/** The rows of Bᵀ applied to four values: d0−d2, d1+d2, d2−d1, d1−d3. */
const inputRow = [
  (d: Expr[]) => sub(d[0], d[2]),
  (d: Expr[]) => add(d[1], d[2]),
  (d: Expr[]) => sub(d[2], d[1]),
  (d: Expr[]) => sub(d[1], d[3]),
];

/** Runs `body` for every tile of a strip; `pointers` step along the tiles and from row to row. */
function forEachTile(
  f: FunctionBuilder,
  plan: WinogradPlan,
  tileRows: number,
  pointers: { local: Local; perTile: number; perRow: number }[],
  body: Stmt[],
): Stmt {
  const row = f.local(I32), column = f.local(I32);
  return repeat(
    row,
    tileRows,
    repeat(column, plan.tileColumns, ...body, ...pointers.map((p) => advance(p.local, p.perTile))),
    ...pointers.map((p) => advance(p.local, p.perRow - plan.tileColumns * p.perTile)),
  );
}

/** V = Bᵀ d B for all tiles and channels of a strip. `input` and `v` are consumed. */
function transformInput(
  f: FunctionBuilder,
  plan: WinogradPlan,
  tileRows: number,
  input: Local,
  v: Local,
): Stmt {
  const pitch = rowBytes(plan.input);
  const t = f.locals(8, V128);
  const body: Stmt[] = [];
  for (const half of HALVES) {
    const d = (i: number, j: number) => v128.load(get(input), i * pitch + j * POSITION_BYTES + half);
    const put = (i: number, row: Local[]) => {
      inputRow.forEach((combine, j) => {
        body.push(v128.store(get(v), combine(row.map(get)), (4 * i + j) * plan.vBytes + half));
      });
    };
    const a = t.slice(0, 4), b = t.slice(4);
    for (let j = 0; j < 4; j++) body.push(set(a[j], sub(d(0, j), d(2, j))));
    put(0, a);
    for (let j = 0; j < 4; j++) {
      body.push(set(a[j], d(1, j)), set(b[j], d(2, j)));
    }
    // rows 1 and 2 are sum and difference of the same two rows
    const sum = f.locals(4, V128);
    for (let j = 0; j < 4; j++) body.push(set(sum[j], add(get(a[j]), get(b[j]))));
    put(1, sum);
    for (let j = 0; j < 4; j++) body.push(set(b[j], sub(get(b[j]), get(a[j]))));
    put(2, b);
    for (let j = 0; j < 4; j++) body.push(set(a[j], sub(get(a[j]), d(3, j))));
    put(3, a);
  }
  const channel = f.local(I32);
  return repeat(
    channel,
    plan.shape.inputs,
    forEachTile(f, plan, tileRows, [
      { local: input, perTile: 2 * POSITION_BYTES, perRow: 2 * pitch },
      { local: v, perTile: POSITION_BYTES, perRow: plan.tileColumns * POSITION_BYTES },
    ], body),
    advance(input, channelBytes(plan.input) - tileRows * 2 * pitch),
  );
}

/** y = Aᵀ M A for all tiles and channels of a strip. `m` and `output` are consumed. */
function transformOutput(
  f: FunctionBuilder,
  plan: WinogradPlan,
  tileRows: number,
  m: Local,
  output: Local,
): Stmt {
  const pitch = rowBytes(plan.output);
  const top = f.locals(4, V128), bottom = f.locals(4, V128), middle = f.locals(2, V128);
  const body: Stmt[] = [];
  for (const half of HALVES) {
    for (let j = 0; j < 4; j++) {
      const at = (i: number) => v128.load(get(m), (4 * i + j) * plan.mBytes + half);
      body.push(
        set(middle[0], at(1)),
        set(middle[1], at(2)),
        set(top[j], add(add(at(0), get(middle[0])), get(middle[1]))),
        set(bottom[j], sub(sub(get(middle[0]), get(middle[1])), at(3))),
      );
    }
    [top, bottom].forEach((row, i) => {
      const [a, b, c, d] = row.map(get);
      body.push(
        v128.store(get(output), add(add(a, b), c), i * pitch + half),
        v128.store(get(output), sub(sub(b, c), d), i * pitch + POSITION_BYTES + half),
      );
    });
  }
  const channel = f.local(I32);
  return repeat(
    channel,
    plan.shape.outputs,
    forEachTile(f, plan, tileRows, [
      { local: m, perTile: POSITION_BYTES, perRow: plan.tileColumns * POSITION_BYTES },
      { local: output, perTile: 2 * POSITION_BYTES, perRow: 2 * pitch },
    ], body),
    advance(output, channelBytes(plan.output) - tileRows * 2 * pitch),
  );
}

/** dM = A dy Aᵀ for all tiles and channels of a strip. `dOutput` and `m` are consumed. */
function transformOutputGradient(
  f: FunctionBuilder,
  plan: WinogradPlan,
  tileRows: number,
  dOutput: Local,
  m: Local,
): Stmt {
  const pitch = rowBytes(plan.output);
  const [a, b, c, d, sum0, sum1, difference0, difference1] = f.locals(8, V128);
  const body: Stmt[] = [];
  for (const half of HALVES) {
    const put = (i: number, x: Local, y: Local, negate: boolean) => {
      // the row (x, x+y, x−y, −y); the last row of A negates it
      const store = (j: number, value: Expr) =>
        body.push(v128.store(get(m), value, (4 * i + j) * plan.mBytes + half));
      store(0, negate ? f32x4.neg(get(x)) : get(x));
      store(1, negate ? sub(f32x4.neg(get(x)), get(y)) : add(get(x), get(y)));
      store(2, negate ? sub(get(y), get(x)) : sub(get(x), get(y)));
      store(3, negate ? get(y) : f32x4.neg(get(y)));
    };
    const load = (i: number, j: number) => v128.load(get(dOutput), i * pitch + j * POSITION_BYTES + half);
    body.push(set(a, load(0, 0)), set(b, load(0, 1)), set(c, load(1, 0)), set(d, load(1, 1)));
    put(0, a, b, false);
    body.push(set(sum0, add(get(a), get(c))), set(sum1, add(get(b), get(d))));
    put(1, sum0, sum1, false);
    body.push(set(difference0, sub(get(a), get(c))), set(difference1, sub(get(b), get(d))));
    put(2, difference0, difference1, false);
    put(3, c, d, true);
  }
  const channel = f.local(I32);
  return repeat(
    channel,
    plan.shape.outputs,
    forEachTile(f, plan, tileRows, [
      { local: dOutput, perTile: 2 * POSITION_BYTES, perRow: 2 * pitch },
      { local: m, perTile: POSITION_BYTES, perRow: plan.tileColumns * POSITION_BYTES },
    ], body),
    advance(dOutput, channelBytes(plan.output) - tileRows * 2 * pitch),
  );
}

/**
 * dd = B dV Bᵀ, added to the input gradient. Neighbouring tiles share two columns (carried in registers along a
 * row) and two rows (added in memory; the first strip's are zeroed by the caller).
 */
function transformInputGradient(
  f: FunctionBuilder,
  plan: WinogradPlan,
  tileRows: number,
  v: Local,
  dInput: Local,
): Stmt {
  const pitch = rowBytes(plan.input);
  const channel = f.local(I32), row = f.local(I32), column = f.local(I32);
  const from = f.local(I32), to = f.local(I32);
  const e = f.locals(4, V128), g = f.locals(4, V128), carry = f.locals(4, V128), x = f.locals(4, V128);
  const at = (i: number, j: number, half: number) => v128.load(get(from), (4 * i + j) * plan.vBytes + half);

  /** One pass over a tile row that writes the rows `rows` of its dd, whose columns `prepare` leaves in `values`. */
  const pass = (
    rows: { row: number; values: Local[]; carry: Local[]; shared: boolean }[],
    half: number,
    prepare: Stmt[],
  ) => {
    const write = (r: typeof rows[number], j: number, value: Expr): Stmt => {
      const offset = r.row * pitch + j * POSITION_BYTES + half;
      return v128.store(get(to), r.shared ? add(v128.load(get(to), offset), value) : value, offset);
    };
    return [
      set(from, get(v)),
      set(to, get(dInput)),
      ...rows.flatMap((r) => r.carry.map((c) => set(c, v128.zero))),
      repeat(
        column,
        plan.tileColumns,
        ...prepare,
        ...rows.flatMap((r) => {
          const [a, b, c, d] = r.values.map(get);
          return [
            write(r, 0, add(a, get(r.carry[0]))),
            write(r, 1, add(add(sub(b, c), d), get(r.carry[1]))),
            set(r.carry[0], sub(add(b, c), a)),
            set(r.carry[1], f32x4.neg(d)),
          ];
        }),
        advance(from, POSITION_BYTES),
        advance(to, 2 * POSITION_BYTES),
      ),
      ...rows.flatMap((r) => [write(r, 0, get(r.carry[0])), write(r, 1, get(r.carry[1]))]),
    ].flat();
  };
  const passes = HALVES.flatMap((half) => [
    ...pass(
      [{ row: 0, values: e, carry: carry.slice(0, 2), shared: true }],
      half,
      e.map((local, j) => set(local, at(0, j, half))),
    ),
    ...pass(
      [
        { row: 1, values: e, carry: carry.slice(0, 2), shared: true },
        { row: 2, values: g, carry: carry.slice(2, 4), shared: false },
      ],
      half,
      e.flatMap((_, j) => [
        set(x[0], at(1, j, half)),
        set(x[1], at(2, j, half)),
        set(e[j], add(sub(get(x[0]), get(x[1])), at(3, j, half))),
        set(g[j], sub(add(get(x[0]), get(x[1])), at(0, j, half))),
      ]),
    ),
    ...pass(
      [{ row: 3, values: e, carry: carry.slice(0, 2), shared: false }],
      half,
      e.map((local, j) => set(local, f32x4.neg(at(3, j, half)))),
    ),
  ]);
  return repeat(
    channel,
    plan.shape.inputs,
    repeat(
      row,
      tileRows,
      passes,
      advance(v, plan.tileColumns * POSITION_BYTES),
      advance(dInput, 2 * pitch),
    ),
    advance(dInput, channelBytes(plan.input) - tileRows * 2 * pitch),
  );
}

/**
 * One matrix product of a strip: out[r,p] = Σ(s) weight[r,s] · operand[s,p], for T·8 columns p.
 *
 * `weightAt(r, s)` is the byte offset of a weight from `weights`. Pointers are left as they were.
 */
function product(
  f: FunctionBuilder,
  tiles: number,
  rows: number,
  terms: number,
  weightAt: (row: number, term: number) => number,
  pointers: { weights: Local; operand: Local; out: Local },
): Stmt {
  const stride = tiles * POSITION_BYTES;
  const tile = f.local(I32), from = f.local(I32), to = f.local(I32);
  const blocks = evenBlocks(rows, ROWS_IN_REGISTERS);
  const sums = f.locals(2 * blocks[0], V128), operand = f.locals(2, V128), weight = f.local(V128);
  return starts(blocks).flatMap((first, b) => {
    const body: Stmt[] = [];
    for (let s = 0; s < terms; s++) {
      HALVES.forEach((half, h) => body.push(set(operand[h], v128.load(get(from), s * stride + half))));
      for (let r = 0; r < blocks[b]; r++) {
        body.push(set(weight, v128.load32Splat(get(pointers.weights), weightAt(first + r, s))));
        for (const h of [0, 1]) {
          const sum = sums[2 * r + h];
          body.push(set(
            sum,
            s === 0 ? mul(get(weight), get(operand[h])) : madd(get(weight), get(operand[h]), get(sum)),
          ));
        }
      }
    }
    for (let r = 0; r < blocks[b]; r++) {
      HALVES.forEach((half, h) => body.push(v128.store(get(to), get(sums[2 * r + h]), r * stride + half)));
    }
    return [
      set(from, get(pointers.operand)),
      set(to, i32.add(get(pointers.out), i32.const(first * stride))),
      repeat(tile, tiles, ...body, advance(from, POSITION_BYTES), advance(to, POSITION_BYTES)),
    ].flat();
  });
}

/** dU[k,c] += Σ(p) dM[k,p] · V[c,p], the four lanes apart. Pointers are left as they were. */
function weightProduct(
  f: FunctionBuilder,
  tiles: number,
  { outputs: K, inputs: C }: ConvShape,
  pointers: { v: Local; m: Local; dU: Local },
): Stmt {
  const stride = tiles * POSITION_BYTES;
  const counter = f.local(I32), tile = f.local(I32);
  const vAt = f.local(I32), mAt = f.local(I32), vBlock = f.local(I32), sumAt = f.local(I32);
  const blocks = evenBlocks(K, ROWS_IN_REGISTERS);
  const sums = f.locals(2 * blocks[0], V128), v = f.locals(2, V128), m = f.local(V128);
  return starts(blocks).flatMap((first, b) => {
    /** A block of `width` columns c, at `vBlock` and `sumAt`. */
    const block = (width: number): Stmt => {
      const pairs = Array.from({ length: blocks[b] * width }, (_, i) => [Math.floor(i / width), i % width]);
      const sum = (k: number, c: number) => sums[2 * k + c];
      const offset = (k: number, c: number) => (k * C + c) * 16;
      const body: Stmt[] = [];
      for (const half of HALVES) {
        for (let c = 0; c < width; c++) body.push(set(v[c], v128.load(get(vAt), c * stride + half)));
        for (let k = 0; k < blocks[b]; k++) {
          body.push(set(m, v128.load(get(mAt), k * stride + half)));
          for (let c = 0; c < width; c++) body.push(set(sum(k, c), madd(get(m), get(v[c]), get(sum(k, c)))));
        }
      }
      return [
        set(vAt, get(vBlock)),
        set(mAt, i32.add(get(pointers.m), i32.const(first * stride))),
        ...pairs.map(([k, c]) => set(sum(k, c), v128.load(get(sumAt), offset(k, c)))),
        repeat(tile, tiles, ...body, advance(vAt, POSITION_BYTES), advance(mAt, POSITION_BYTES)),
        ...pairs.map(([k, c]) => v128.store(get(sumAt), get(sum(k, c)), offset(k, c))),
        advance(vBlock, width * stride),
        advance(sumAt, width * 16),
      ].flat();
    };
    return [
      set(vBlock, get(pointers.v)),
      set(sumAt, i32.add(get(pointers.dU), i32.const(first * C * 16))),
      ...(C > 1 ? [repeat(counter, Math.floor(C / 2), block(2))] : []),
      ...(C % 2 === 1 ? [block(1)] : []),
    ].flat();
  });
}

/**
 * Adds the kernels of a convolution to a module, under `name`:
 *
 * - `name.pack(weight, u)`: U = G g Gᵀ; weight `[K,C,3,3]`
 * - `name.forward(input, u, output, scratch)`
 * - `name.backward(input, dOutput, u, dU, dInput, scratch)`: writes the slice's dU `[16,K,C]` and, unless
 *   `inputGradient` is false, dInput
 * - `name.unpack(dU, dWeight)`: dg = Gᵀ dU G
 */
export function winogradKernels(
  module: ModuleBuilder,
  name: string,
  plan: WinogradPlan,
  { inputGradient = true }: { inputGradient?: boolean } = {},
): void {
  const { inputs: C, outputs: K } = plan.shape;
  const rowCounts = [...new Set(plan.strips)];
  const mOffset = POSITIONS * plan.vBytes, dUOffset = mOffset + POSITIONS * plan.mBytes;

  const forwardStrips = rowCounts.map((rows) =>
    module.function(`${name}.forward.strip${rows}`, ["input", "u", "output", "scratch"], (f) => {
      const input = f.parameter("input"), u = f.parameter("u"), output = f.parameter("output");
      const scratch = f.parameter("scratch");
      const v = f.local(I32), m = f.local(I32), position = f.local(I32);
      const tiles = rows * plan.tileColumns;
      f.emit(
        set(v, get(scratch)),
        transformInput(f, plan, rows, input, v),
        set(v, get(scratch)),
        set(m, i32.add(get(scratch), i32.const(mOffset))),
        repeat(
          position,
          POSITIONS,
          product(f, tiles, K, C, (k, c) => 4 * (k * C + c), { weights: u, operand: v, out: m }),
          advance(v, plan.vBytes),
          advance(m, plan.mBytes),
          advance(u, 4 * K * C),
        ),
        set(m, i32.add(get(scratch), i32.const(mOffset))),
        transformOutput(f, plan, rows, m, output),
      );
    })
  );
  const stripFirstRow = starts(plan.strips);
  module.function(`${name}.forward`, ["input", "u", "output", "scratch"], (f) => {
    const [input, u, output, scratch] = f.parameters.map((p) => f.parameter(p));
    plan.strips.forEach((rows, s) => {
      f.emit(call(
        forwardStrips[rowCounts.indexOf(rows)],
        i32.add(get(input), i32.const(stripFirstRow[s] * 2 * rowBytes(plan.input))),
        get(u),
        i32.add(get(output), i32.const(stripFirstRow[s] * 2 * rowBytes(plan.output))),
        get(scratch),
      ));
    });
  });

  const backwardStrips = rowCounts.map((rows) =>
    module.function(
      `${name}.backward.strip${rows}`,
      ["input", "dOutput", "u", "dInput", "scratch"],
      (f) => {
        const [input, dOutput, u, dInput, scratch] = f.parameters.map((p) => f.parameter(p));
        const v = f.local(I32), m = f.local(I32), dU = f.local(I32), position = f.local(I32);
        const tiles = rows * plan.tileColumns;
        f.emit(
          set(v, get(scratch)),
          transformInput(f, plan, rows, input, v),
          set(m, i32.add(get(scratch), i32.const(mOffset))),
          transformOutputGradient(f, plan, rows, dOutput, m),
          set(v, get(scratch)),
          set(m, i32.add(get(scratch), i32.const(mOffset))),
          set(dU, i32.add(get(scratch), i32.const(dUOffset))),
          repeat(
            position,
            POSITIONS,
            weightProduct(f, tiles, plan.shape, { v, m, dU }),
            // V has been used: dV takes its place
            inputGradient
              ? product(f, tiles, C, K, (c, k) => 4 * (k * C + c), { weights: u, operand: m, out: v })
              : [],
            advance(v, plan.vBytes),
            advance(m, plan.mBytes),
            advance(u, 4 * K * C),
            advance(dU, 16 * K * C),
          ),
          ...(inputGradient ? [set(v, get(scratch)), transformInputGradient(f, plan, rows, v, dInput)] : []),
        );
      },
    )
  );
  module.function(
    `${name}.backward`,
    ["input", "dOutput", "u", "dU", "dInput", "scratch"],
    (f) => {
      const [input, dOutput, u, dU, dInput, scratch] = f.parameters.map((p) => f.parameter(p));
      const to = f.local(I32), counter = f.local(I32), inner = f.local(I32);
      f.emit(
        set(to, i32.add(get(scratch), i32.const(dUOffset))),
        repeat(counter, POSITIONS * K * C, v128.store(get(to), v128.zero), advance(to, 16)),
      );
      if (inputGradient) {
        // the first two rows of every channel, which the first strip adds to
        f.emit(
          set(to, get(dInput)),
          repeat(
            counter,
            C,
            repeat(inner, 2 * rowBytes(plan.input) / 16, v128.store(get(to), v128.zero), advance(to, 16)),
            advance(to, channelBytes(plan.input) - 2 * rowBytes(plan.input)),
          ),
        );
      }
      plan.strips.forEach((rows, s) => {
        const row = 2 * stripFirstRow[s];
        f.emit(call(
          backwardStrips[rowCounts.indexOf(rows)],
          i32.add(get(input), i32.const(row * rowBytes(plan.input))),
          i32.add(get(dOutput), i32.const(row * rowBytes(plan.output))),
          get(u),
          i32.add(get(dInput), i32.const(row * rowBytes(plan.input))),
          get(scratch),
        ));
      });
      // four sums of four lanes at a time; 16·K·C is a multiple of four
      const x = f.locals(4, V128);
      const [a, b, c, d] = x.map(get);
      f.emit(
        set(to, i32.add(get(scratch), i32.const(dUOffset))),
        repeat(
          counter,
          POSITIONS * K * C / 4,
          ...x.map((local, i) => set(local, v128.load(get(to), 16 * i))),
          v128.store(get(dU), foldLanes(a, b, c, d)),
          advance(to, 64),
          advance(dU, 16),
        ),
      );
    },
  );

  module.function(`${name}.pack`, ["weight", "u"], (f) => {
    const weight = f.parameter("weight"), u = f.parameter("u");
    const pair = f.local(I32);
    // scalars, four weights' worth of time is nothing beside a step
    const g = f.locals(9, V128), t = f.locals(12, V128);
    const half = f32x4.const(0.5);
    const body: Stmt[] = g.map((local, i) => set(local, v128.load32Zero(get(weight), 4 * i)));
    const rowsOfG = (x: Expr, y: Expr, z: Expr): Expr[] => [
      x,
      mul(half, add(add(x, y), z)),
      mul(half, add(sub(x, y), z)),
      z,
    ];
    for (let j = 0; j < 3; j++) {
      rowsOfG(get(g[j]), get(g[3 + j]), get(g[6 + j])).forEach((value, i) =>
        body.push(set(t[3 * i + j], value))
      );
    }
    for (let i = 0; i < 4; i++) {
      rowsOfG(get(t[3 * i]), get(t[3 * i + 1]), get(t[3 * i + 2])).forEach((value, j) =>
        body.push(f32.store(get(u), f32x4.extractLane(value, 0), (4 * i + j) * 4 * K * C))
      );
    }
    f.emit(repeat(pair, K * C, ...body, advance(weight, 36), advance(u, 4)));
  });

  module.function(`${name}.unpack`, ["dU", "dWeight"], (f) => {
    const dU = f.parameter("dU"), dWeight = f.parameter("dWeight");
    const pair = f.local(I32);
    const u = f.locals(4, V128), t = f.locals(12, V128);
    const half = f32x4.const(0.5);
    const columnsOfG = (a: Expr, b: Expr, c: Expr, d: Expr): Expr[] => [
      add(a, mul(half, add(b, c))),
      mul(half, sub(b, c)),
      add(mul(half, add(b, c)), d),
    ];
    const body: Stmt[] = [];
    for (let j = 0; j < 4; j++) {
      u.forEach((local, i) => body.push(set(local, v128.load32Zero(get(dU), (4 * i + j) * 4 * K * C))));
      const [a, b, c, d] = u.map(get);
      columnsOfG(a, b, c, d).forEach((value, i) => body.push(set(t[4 * i + j], value)));
    }
    for (let i = 0; i < 3; i++) {
      const [a, b, c, d] = t.slice(4 * i, 4 * i + 4).map(get);
      columnsOfG(a, b, c, d).forEach((value, j) =>
        body.push(f32.store(get(dWeight), f32x4.extractLane(value, 0), 4 * (3 * i + j)))
      );
    }
    f.emit(repeat(pair, K * C, ...body, advance(dU, 4), advance(dWeight, 36)));
  });
}
