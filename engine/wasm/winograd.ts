/**
 * 3×3 convolution by Winograd's F(2×2,3×3), forward and backward, for one slice of eight examples.
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
 * Layouts: V `[16,C,T,8]`, M and dM `[16,K,T,8]` with T tiles a strip; U `[16,K,C]`; dU `[16,K,C,8]` while lanes
 * are apart, then `[16,K,C]` for a slice.
 * Order of sums: c, k and tiles ascending; strips top to bottom; then the two halves of the
 * eight lanes, then the four lanes as (0 + 2) + (1 + 3).
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
  loadPair,
  type Local,
  type ModuleBuilder,
  type Pair,
  repeat,
  set,
  setPair,
  type Stmt,
  storePair,
  V128,
  v128,
} from "./assembler.ts";
import {
  channelBytes,
  type ConvShape,
  evenBlocks,
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

/**
 * How many sums are kept in registers beside their operands: output rows by tiles in a product, k by c in the
 * weight gradient. Each is a position, two vectors. Speed only: no sum's order depends on it.
 */
interface Blocking {
  readonly product: { readonly rows: number; readonly tiles: number };
  readonly weight: { readonly rows: number; readonly columns: number };
}

/** For fifteen 128-bit registers. */
const NARROW: Blocking = { product: { rows: 6, tiles: 1 }, weight: { rows: 3, columns: 2 } };

/** For fifteen registers that hold a whole position, or thirty that hold half of one. */
const WIDE: Blocking = { product: { rows: 6, tiles: 2 }, weight: { rows: 4, columns: 2 } };

/** Sixteen streams with a stride of 4,096 bytes would share a cache set; this many bytes set them apart. */
const STREAM_OFFSET = 320;

/** Where everything of a Winograd convolution lies. Scratch offsets are relative to the worker's scratch. */
export interface WinogradPlan {
  readonly shape: ConvShape;
  readonly input: Plane;
  /** Of y: where the image is odd, a surplus row and column are written that hold nothing. */
  readonly output: Plane;
  /** Of dy: zeros in the surplus row and column. */
  readonly outputGradient: Plane;
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

/**
 * Lays out a 3×3 convolution in the least planes. Larger ones do as well: kernels are then given the address at which
 * the least plane would begin.
 */
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
  const output: Plane = {
    channels: K,
    height: outputHeight(shape),
    width: outputWidth(shape),
    rows: 2 * tileRows,
    columns: 2 * tileColumns,
    border: 0,
  };
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
    output,
    outputGradient: output,
    strips,
    tileColumns,
    vBytes,
    mBytes,
    scratchBytes: POSITIONS * (vBytes + mBytes + K * C * POSITION_BYTES),
    transformedWeights: POSITIONS * K * C,
  };
}

const { add, sub, madd, mul, neg } = f32x4;

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

/** An operation on whole positions: `sum(to, a, b)` sets to = a + b in both halves. */
const sum = (to: Pair, a: Pair, b: Pair): Stmt => setPair(to, (h) => add(get(a[h]), get(b[h])));
const difference = (to: Pair, a: Pair, b: Pair): Stmt => setPair(to, (h) => sub(get(a[h]), get(b[h])));
const negative = (to: Pair, a: Pair): Stmt => setPair(to, (h) => neg(get(a[h])));

/** V = Bᵀ d B for all tiles and channels of a strip. `input` and `v` are consumed. */
function transformInput(
  f: FunctionBuilder,
  plan: WinogradPlan,
  tileRows: number,
  input: Local,
  v: Local,
): Stmt {
  const pitch = rowBytes(plan.input);
  const a = f.pairs(4), b = f.pairs(4), c = f.pairs(4), result = f.pair();
  const d = (to: Pair, i: number, j: number) => loadPair(to, get(input), i * pitch + j * POSITION_BYTES);
  /** Row i of V from a row of Bᵀ d: d0−d2, d1+d2, d2−d1, d1−d3. */
  const put = (i: number, [d0, d1, d2, d3]: Pair[]): Stmt[] =>
    [
      difference(result, d0, d2),
      sum(result, d1, d2),
      difference(result, d2, d1),
      difference(result, d1, d3),
    ].flatMap((combine, j) => [combine, storePair(get(v), result, (4 * i + j) * plan.vBytes)]);
  const columns = [0, 1, 2, 3];
  const body: Stmt[] = [
    ...columns.flatMap((j) => [d(a[j], 0, j), d(b[j], 2, j), difference(a[j], a[j], b[j])]),
    ...put(0, a),
    ...columns.flatMap((j) => [d(a[j], 1, j), sum(c[j], a[j], b[j])]),
    ...put(1, c),
    ...columns.map((j) => difference(c[j], b[j], a[j])),
    ...put(2, c),
    ...columns.flatMap((j) => [d(b[j], 3, j), difference(a[j], a[j], b[j])]),
    ...put(3, a),
  ];
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

/** y = Aᵀ M A (+ bias) for all tiles and channels of a strip. `m`, `output` and `bias` are consumed. */
function transformOutput(
  f: FunctionBuilder,
  plan: WinogradPlan,
  tileRows: number,
  m: Local,
  output: Local,
  bias: Local | undefined,
): Stmt {
  const pitch = rowBytes(plan.output);
  const shift = f.local(V128);
  const addBias = (to: Pair): Stmt =>
    bias === undefined ? [] : setPair(to, (h) => add(get(to[h]), get(shift)));
  const top = f.pairs(4), bottom = f.pairs(4), [x, y] = f.pairs(2);
  const load = (to: Pair, i: number, j: number) => loadPair(to, get(m), (4 * i + j) * plan.mBytes);
  const body: Stmt[] = [];
  for (let j = 0; j < 4; j++) {
    // m0 + m1 + m2 and m1 − m2 − m3
    body.push(
      load(x, 1, j),
      load(y, 2, j),
      sum(top[j], x, y),
      difference(bottom[j], x, y),
      load(x, 0, j),
      sum(top[j], x, top[j]),
      load(y, 3, j),
      difference(bottom[j], bottom[j], y),
    );
  }
  [top, bottom].forEach(([a, b, c, d], i) => {
    body.push(
      sum(x, a, b),
      sum(x, x, c),
      addBias(x),
      storePair(get(output), x, i * pitch),
      difference(y, b, c),
      difference(y, y, d),
      addBias(y),
      storePair(get(output), y, i * pitch + POSITION_BYTES),
    );
  });
  const channel = f.local(I32);
  return repeat(
    channel,
    plan.shape.outputs,
    ...(bias === undefined ? [] : [set(shift, v128.load32Splat(get(bias))), advance(bias, 4)]),
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
  const pitch = rowBytes(plan.outputGradient);
  const [a, b, c, d, x, y, z] = f.pairs(7);
  const load = (to: Pair, i: number, j: number) => loadPair(to, get(dOutput), i * pitch + j * POSITION_BYTES);
  /** Row i of dM: (x, x+y, x−y, −y). */
  const put = (i: number, x: Pair, y: Pair): Stmt[] => {
    const at = (j: number) => (4 * i + j) * plan.mBytes;
    return [
      storePair(get(m), x, at(0)),
      sum(z, x, y),
      storePair(get(m), z, at(1)),
      difference(z, x, y),
      storePair(get(m), z, at(2)),
      negative(z, y),
      storePair(get(m), z, at(3)),
    ];
  };
  const body: Stmt[] = [
    load(a, 0, 0),
    load(b, 0, 1),
    load(c, 1, 0),
    load(d, 1, 1),
    ...put(0, a, b),
    sum(x, a, c),
    sum(y, b, d),
    ...put(1, x, y),
    difference(x, a, c),
    difference(y, b, d),
    ...put(2, x, y),
    negative(x, c),
    negative(y, d),
    ...put(3, x, y),
  ];
  const channel = f.local(I32);
  return repeat(
    channel,
    plan.shape.outputs,
    forEachTile(f, plan, tileRows, [
      { local: dOutput, perTile: 2 * POSITION_BYTES, perRow: 2 * pitch },
      { local: m, perTile: POSITION_BYTES, perRow: plan.tileColumns * POSITION_BYTES },
    ], body),
    advance(dOutput, channelBytes(plan.outputGradient) - tileRows * 2 * pitch),
  );
}

/**
 * dd = B dV Bᵀ, added to the input gradient. Neighbouring tiles share two columns and two rows: they add up in registers along a row, in memory
 * from row to row (the first strip's first two rows are zeroed by the caller).
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
  const e = f.pairs(4), g = f.pairs(4), carry = f.pairs(4), [x, y, z] = f.pairs(3);
  const at = (to: Pair, i: number, j: number) => loadPair(to, get(from), (4 * i + j) * plan.vBytes);

  interface Row {
    readonly row: number;
    /** Four columns of this row of Bᵀ-transformed dV. */
    readonly values: Pair[];
    /** What the tile to the left leaves to this tile's first two columns. */
    readonly carry: Pair[];
    /** Whether the tile above has written this row. */
    readonly shared: boolean;
  }
  const write = (r: Row, j: number, value: Pair): Stmt => {
    const offset = r.row * pitch + j * POSITION_BYTES;
    return [
      ...(r.shared ? [...loadPair(z, get(to), offset), ...sum(z, z, value)] : []),
      ...storePair(get(to), r.shared ? z : value, offset),
    ];
  };
  /** One pass over a tile row that writes the rows `rows` of its dd. */
  const pass = (rows: Row[], prepare: Stmt[]): Stmt =>
    [
      set(from, get(v)),
      set(to, get(dInput)),
      ...rows.flatMap((r) => r.carry.map((c) => setPair(c, () => v128.zero))),
      repeat(
        column,
        plan.tileColumns,
        ...prepare,
        ...rows.flatMap((r) => {
          const [a, b, c, d] = r.values;
          return [
            sum(x, a, r.carry[0]),
            write(r, 0, x),
            difference(x, b, c),
            sum(x, x, d),
            sum(x, x, r.carry[1]),
            write(r, 1, x),
            sum(x, b, c),
            difference(r.carry[0], x, a),
            negative(r.carry[1], d),
          ];
        }),
        advance(from, POSITION_BYTES),
        advance(to, 2 * POSITION_BYTES),
      ),
      ...rows.flatMap((r) => [write(r, 0, r.carry[0]), write(r, 1, r.carry[1])]),
    ].flat();
  const [left, right] = [carry.slice(0, 2), carry.slice(2, 4)];
  const columns = [0, 1, 2, 3];
  const passes = [
    pass([{ row: 0, values: e, carry: left, shared: true }], columns.map((j) => at(e[j], 0, j))),
    pass(
      [
        { row: 1, values: e, carry: left, shared: true },
        { row: 2, values: g, carry: right, shared: false },
      ],
      columns.flatMap((j) => [
        at(x, 1, j),
        at(y, 2, j),
        difference(e[j], x, y),
        sum(g[j], x, y),
        at(x, 3, j),
        sum(e[j], e[j], x),
        at(y, 0, j),
        difference(g[j], g[j], y),
      ]),
    ),
    pass(
      [{ row: 3, values: e, carry: left, shared: false }],
      columns.flatMap((j) => [at(x, 3, j), negative(e[j], x)]),
    ),
  ].flat();
  return repeat(
    channel,
    plan.shape.inputs,
    repeat(row, tileRows, passes, advance(v, plan.tileColumns * POSITION_BYTES), advance(dInput, 2 * pitch)),
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
  blocking: Blocking["product"],
): Stmt {
  const stride = tiles * POSITION_BYTES;
  const counter = f.local(I32), from = f.local(I32), to = f.local(I32);
  const blocks = evenBlocks(rows, blocking.rows);
  const sums = f.pairs(blocks[0] * blocking.tiles), operand = f.pairs(blocking.tiles);
  const weight = f.local(V128);
  return starts(blocks).flatMap((first, b) => {
    const block = (width: number): Stmt[] => {
      const body: Stmt[] = [];
      const places = Array.from({ length: blocks[b] * width }, (_, i) => [Math.floor(i / width), i % width]);
      for (let s = 0; s < terms; s++) {
        for (let t = 0; t < width; t++) {
          body.push(loadPair(operand[t], get(from), s * stride + t * POSITION_BYTES));
        }
        for (let r = 0; r < blocks[b]; r++) {
          body.push(set(weight, v128.load32Splat(get(pointers.weights), weightAt(first + r, s))));
          for (let t = 0; t < width; t++) {
            const total = sums[r * width + t];
            body.push(
              setPair(
                total,
                (h) =>
                  s === 0
                    ? mul(get(weight), get(operand[t][h]))
                    : madd(get(weight), get(operand[t][h]), get(total[h])),
              ),
            );
          }
        }
      }
      for (const [r, t] of places) {
        body.push(storePair(get(to), sums[r * width + t], r * stride + t * POSITION_BYTES));
      }
      return [...body, advance(from, width * POSITION_BYTES), advance(to, width * POSITION_BYTES)];
    };
    const whole = Math.floor(tiles / blocking.tiles), rest = tiles % blocking.tiles;
    return [
      set(from, get(pointers.operand)),
      set(to, i32.add(get(pointers.out), i32.const(first * stride))),
      ...(whole > 0 ? [repeat(counter, whole, ...block(blocking.tiles))] : []),
      ...(rest > 0 ? block(rest) : []),
    ].flat();
  });
}

/** dU[k,c] += Σ(p) dM[k,p] · V[c,p], the eight lanes apart. Pointers are left as they were. */
function weightProduct(
  f: FunctionBuilder,
  tiles: number,
  { outputs: K, inputs: C }: ConvShape,
  pointers: { v: Local; m: Local; dU: Local },
  blocking: Blocking["weight"],
): Stmt {
  const stride = tiles * POSITION_BYTES;
  const counter = f.local(I32), tile = f.local(I32);
  const vAt = f.local(I32), mAt = f.local(I32), vBlock = f.local(I32), sumAt = f.local(I32);
  const blocks = evenBlocks(K, blocking.rows), columns = blocking.columns;
  const sums = f.pairs(blocks[0] * columns), v = f.pairs(columns), m = f.pair();
  return starts(blocks).flatMap((first, b) => {
    /** A block of `width` columns c, at `vBlock` and `sumAt`. */
    const block = (width: number): Stmt => {
      const places = Array.from({ length: blocks[b] * width }, (_, i) => [Math.floor(i / width), i % width]);
      const offset = (k: number, c: number) => (k * C + c) * POSITION_BYTES;
      const body: Stmt[] = [];
      for (let c = 0; c < width; c++) body.push(loadPair(v[c], get(vAt), c * stride));
      for (let k = 0; k < blocks[b]; k++) {
        body.push(loadPair(m, get(mAt), k * stride));
        for (let c = 0; c < width; c++) {
          const total = sums[k * width + c];
          body.push(setPair(total, (h) => madd(get(m[h]), get(v[c][h]), get(total[h]))));
        }
      }
      return [
        set(vAt, get(vBlock)),
        set(mAt, i32.add(get(pointers.m), i32.const(first * stride))),
        ...places.map(([k, c]) => loadPair(sums[k * width + c], get(sumAt), offset(k, c))),
        repeat(tile, tiles, ...body, advance(vAt, POSITION_BYTES), advance(mAt, POSITION_BYTES)),
        ...places.map(([k, c]) => storePair(get(sumAt), sums[k * width + c], offset(k, c))),
        advance(vBlock, width * stride),
        advance(sumAt, width * POSITION_BYTES),
      ].flat();
    };
    const whole = Math.floor(C / columns), rest = C % columns;
    return [
      set(vBlock, get(pointers.v)),
      set(sumAt, i32.add(get(pointers.dU), i32.const(first * C * POSITION_BYTES))),
      ...(whole > 0 ? [repeat(counter, whole, block(columns))] : []),
      ...(rest > 0 ? [block(rest)] : []),
    ].flat();
  });
}

/** What all kernels of a convolution are made from. */
interface Making {
  readonly module: ModuleBuilder;
  readonly name: string;
  readonly plan: WinogradPlan;
  readonly blocking: Blocking;
  readonly inputGradient: boolean;
  readonly bias: boolean;
  /** Where M begins in the scratch memory, and the sums of dU. */
  readonly mOffset: number;
  readonly dUOffset: number;
}

const forwardNames = ({ bias }: Making): string[] => [
  "input",
  "u",
  ...(bias ? ["bias"] : []),
  "output",
  "scratch",
];

/** Different counts of tile rows in a strip; each has functions of its own. */
const rowCountsOf = ({ strips }: WinogradPlan): number[] => [...new Set(strips)];

/** Adds the way forward of a strip, for each count of rows; their functions, in that order. */
function addForwardStrips(making: Making) {
  const { module, name, plan, blocking, bias, mOffset } = making;
  const { inputs: C, outputs: K } = plan.shape;
  return rowCountsOf(plan).map((rows) =>
    module.function(`${name}.forward.strip${rows}`, forwardNames(making), (f) => {
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
          product(
            f,
            tiles,
            K,
            C,
            (k, c) => 4 * (k * C + c),
            { weights: u, operand: v, out: m },
            blocking.product,
          ),
          advance(v, plan.vBytes),
          advance(m, plan.mBytes),
          advance(u, 4 * K * C),
        ),
        set(m, i32.add(get(scratch), i32.const(mOffset))),
        transformOutput(f, plan, rows, m, output, bias ? f.parameter("bias") : undefined),
      );
    })
  );
}

/** Adds `name.forward`. */
function addForward(making: Making): void {
  const { module, name, plan, bias } = making;
  const strips = addForwardStrips(making), rowCounts = rowCountsOf(plan), stripFirstRow = starts(plan.strips);
  module.function(`${name}.forward`, forwardNames(making), (f) => {
    const [input, u, output, scratch] = ["input", "u", "output", "scratch"].map((p) => f.parameter(p));
    plan.strips.forEach((rows, s) => {
      f.emit(call(
        strips[rowCounts.indexOf(rows)],
        i32.add(get(input), i32.const(stripFirstRow[s] * 2 * rowBytes(plan.input))),
        get(u),
        ...(bias ? [get(f.parameter("bias"))] : []),
        i32.add(get(output), i32.const(stripFirstRow[s] * 2 * rowBytes(plan.output))),
        get(scratch),
      ));
    });
  });
}

/** Adds the way back of a strip, for each count of rows; their functions, in that order. */
function addBackwardStrips({ module, name, plan, blocking, inputGradient, mOffset, dUOffset }: Making) {
  const { inputs: C, outputs: K } = plan.shape;
  return rowCountsOf(plan).map((rows) =>
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
            weightProduct(f, tiles, plan.shape, { v, m, dU }, blocking.weight),
            // V has been used: dV takes its place
            inputGradient
              ? product(
                f,
                tiles,
                C,
                K,
                (c, k) => 4 * (k * C + c),
                { weights: u, operand: m, out: v },
                blocking.product,
              )
              : [],
            advance(v, plan.vBytes),
            advance(m, plan.mBytes),
            advance(u, 4 * K * C),
            advance(dU, POSITION_BYTES * K * C),
          ),
          ...(inputGradient ? [set(v, get(scratch)), transformInputGradient(f, plan, rows, v, dInput)] : []),
        );
      },
    )
  );
}

/** Adds `name.backward`. */
function addBackward(making: Making): void {
  const { module, name, plan, inputGradient, dUOffset } = making;
  const { inputs: C, outputs: K } = plan.shape;
  const strips = addBackwardStrips(making),
    rowCounts = rowCountsOf(plan),
    stripFirstRow = starts(plan.strips);
  module.function(
    `${name}.backward`,
    ["input", "dOutput", "u", "dU", "dInput", "scratch"],
    (f) => {
      const [input, dOutput, u, dU, dInput, scratch] = f.parameters.map((p) => f.parameter(p));
      const to = f.local(I32), counter = f.local(I32), inner = f.local(I32), zero = f.pair();
      f.emit(
        setPair(zero, () => v128.zero),
        set(to, i32.add(get(scratch), i32.const(dUOffset))),
        repeat(
          counter,
          POSITIONS * K * C,
          storePair(get(to), zero),
          advance(to, POSITION_BYTES),
        ),
      );
      if (inputGradient) {
        // the first two rows of every channel, which the first strip adds to
        f.emit(
          set(to, get(dInput)),
          repeat(
            counter,
            C,
            repeat(inner, 2 * plan.input.columns, storePair(get(to), zero), advance(to, POSITION_BYTES)),
            advance(to, channelBytes(plan.input) - 2 * rowBytes(plan.input)),
          ),
        );
      }
      plan.strips.forEach((rows, s) => {
        const row = 2 * stripFirstRow[s];
        f.emit(call(
          strips[rowCounts.indexOf(rows)],
          i32.add(get(input), i32.const(row * rowBytes(plan.input))),
          i32.add(get(dOutput), i32.const(row * rowBytes(plan.outputGradient))),
          get(u),
          i32.add(get(dInput), i32.const(row * rowBytes(plan.input))),
          get(scratch),
        ));
      });
      // four sums at a time; 16·K·C is a multiple of four
      const x = f.locals(4, V128);
      const [a, b, c, d] = x.map(get);
      f.emit(
        set(to, i32.add(get(scratch), i32.const(dUOffset))),
        repeat(
          counter,
          POSITIONS * K * C / 4,
          ...x.map((local, i) =>
            set(
              local,
              add(v128.load(get(to), POSITION_BYTES * i), v128.load(get(to), POSITION_BYTES * i + 16)),
            )
          ),
          v128.store(get(dU), foldLanes(a, b, c, d)),
          advance(to, 4 * POSITION_BYTES),
          advance(dU, 16),
        ),
      );
    },
  );
}

/** Adds `name.pack`. */
function addPack({ module, name, plan: { shape: { inputs: C, outputs: K } } }: Making): void {
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
}

/** Adds `name.unpack`. */
function addUnpack({ module, name, plan: { shape: { inputs: C, outputs: K } } }: Making): void {
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

/**
 * Adds the kernels of a convolution to a module, under `name`:
 *
 * - `name.pack(weight, u)`: U = G g Gᵀ; weight `[K,C,3,3]`
 * - `name.forward(input, u, output, scratch)`, with `bias` after `u` where there is one
 * - `name.backward(input, dOutput, u, dU, dInput, scratch)`: writes the slice's dU `[16,K,C]` and, unless
 *   `inputGradient` is false, dInput
 * - `name.unpack(dU, dWeight)`: dg = Gᵀ dU G
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
  const mOffset = POSITIONS * plan.vBytes;
  const making: Making = {
    module,
    name,
    plan,
    blocking: wide ? WIDE : NARROW,
    inputGradient,
    bias,
    mOffset,
    dUOffset: mOffset + POSITIONS * plan.mBytes,
  };
  addForward(making);
  addBackward(making);
  addPack(making);
  addUnpack(making);
}
