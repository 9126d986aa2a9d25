/**
 * Batch norm for one slice of eight examples, with a ReLU in front of it or behind it and a 2×2 max-pool at the end,
 * where the network has them: one pass over the map each for statistics, values, sums and gradient, whatever is there.
 *
 *   r = y, or max(y, 0)     z = scale·r + shift     a = z, or max(z, 0)     out = a, or its maximum over 2×2 windows
 *   dz = dOut where a > 0 (pooled: at the window's first maximum), else 0
 *   dr = γ/σ · (dz − Σdz/M − r̂·Σ(dz·r̂)/M)     r̂ = (r − mean)/σ     dy = dr, or dr where y > 0
 *
 * Nothing but y is kept for the backward pass: r, z, the masks and the maximum's place are computed again. The sums
 * go over many slices, so each pass is in two parts with a meeting of all slices between them: see `batch_norm.ts`.
 * Constants of a channel are a record of eight values (`CHANNEL_RECORD`), each a float32 for all examples or, with the
 * lanes apart, one for each of the eight.
 *
 * y `[K,rows,columns,8]`; lanes of a partial slice that hold no example are masked out of the statistics and of dy.
 * Order of sums: positions row by row, alternating over `CHAINS` partial sums for each lane (a pooled sum uses the
 * first only), which are added in turn; then, unless the lanes are apart, the two halves and the four lanes as
 * (0 + 2) + (1 + 3).
 * Source: Ioffe and Szegedy (2015), arXiv:1502.03167; PyTorch's BatchNorm2d.
 *
 * @module
 */
import {
  advance,
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
} from "../assembler.ts";
import { channelBytes, imageOffset, type Plane, POSITION_BYTES, rowBytes } from "../layout.ts";
import { SLICE_RECORD } from "../operation.ts";
import { sumLanes } from "../reduction.ts";

/** Values of a channel's record, by their index. dr = a·dz + b·r + c. */
export const CHANNEL_RECORD = { scale: 0, shift: 1, mean: 2, a: 3, b: 4, c: 5, size: 8 } as const;

/** Whether one set of statistics holds for all examples, or each lane has its own. */
export type Lanes = "together" | "apart";

/** Bytes of a value in a channel's record, and of a sum or a mean that the kernels write. */
export const valueBytes = (lanes: Lanes): number => lanes === "together" ? 4 : POSITION_BYTES;

/** Independent partial sums per half: enough to hide the latency of an addition. */
const CHAINS = 2;

/** What a batch norm works on. */
export interface BatchNormPlan {
  /** y. */
  readonly input: Plane;
  /** The same image, or half its size where `pool`. */
  readonly output: Plane;
  /** Of dy. */
  readonly inputGradient: Plane;
  readonly reluBefore: boolean;
  readonly reluAfter: boolean;
  readonly pool: boolean;
  readonly lanes: Lanes;
}

const { add, sub, mul, madd, pmax, eq, gt } = f32x4;

/** Runs over the positions of an image: `body(offset, chain)` for each, `offset` from the pointers' place. */
function forEachPosition(
  f: FunctionBuilder,
  height: number,
  width: number,
  pointers: { local: Local; plane: Plane }[],
  body: (offset: number, chain: number) => Stmt,
): Stmt {
  const row = f.local(I32), column = f.local(I32);
  const pairs = Math.floor(width / CHAINS), rest = width % CHAINS;
  const group = (count: number) =>
    Array.from({ length: count }, (_, i) => body(i * POSITION_BYTES, i)).flat();
  return repeat(
    row,
    height,
    ...(pairs > 0
      ? [repeat(
        column,
        pairs,
        group(CHAINS),
        ...pointers.map((p) => advance(p.local, CHAINS * POSITION_BYTES)),
      )]
      : []),
    ...(rest > 0 ? [group(rest)] : []),
    ...pointers.map((p) => advance(p.local, rowBytes(p.plane) - CHAINS * pairs * POSITION_BYTES)),
  );
}

/** What is stored of sums that are complete, `index` values from `out`. */
interface Total {
  /** Brings the sums together; `value` is valid behind it. */
  readonly store: Stmt;
  /** In both halves: a splat where the lanes are together. */
  readonly value: (h: 0 | 1) => Expr;
  write(out: Local, index: number): Stmt;
}

/**
 * The sum over chains of `sums`, one pair for each chain, and with the lanes together over halves and lanes. Those go
 * through 32 bytes of `scratch` at `offset`, so that the halves stay together until the end.
 */
function total(lanes: Lanes, sums: readonly Pair[], scratch: Local, offset = 0): Total {
  const [first, second] = sums;
  const chains = setPair(first, (h) => add(get(first[h]), get(second[h])));
  if (lanes === "apart") {
    return {
      store: chains,
      value: (h) => get(first[h]),
      write: (out, index) => storePair(get(out), first, index * POSITION_BYTES),
    };
  }
  const value = sumLanes(add(v128.load(get(scratch), offset), v128.load(get(scratch), offset + 16)));
  return {
    store: [...chains, ...storePair(get(scratch), first, offset)],
    value: () => f32x4.splat(value),
    write: (out, index) => f32.store(get(out), value, 4 * index),
  };
}

const clear = (pairs: readonly Pair[]): Stmt[] => pairs.map((pair) => setPair(pair, () => v128.zero));

/** r of what is in memory. */
const rectify = ({ reluBefore }: BatchNormPlan, y: Expr): Expr => reluBefore ? pmax(y, v128.zero) : y;

/**
 * `name.statistics(y, slice, out, scratch)`: for each channel the mean of the slice and the sum of squared
 * deviations from it. Two passes, so that nothing cancels. With the lanes apart, of each example.
 */
function statistics(f: FunctionBuilder, plan: BatchNormPlan): void {
  const { input, lanes } = plan;
  const [y, slice, out, scratch] = f.parameters.map((p) => f.parameter(p));
  const at = f.local(I32), channel = f.local(I32);
  const mask = f.pair(), value = f.pair(), count = f.local(V128);
  const mean = constant(f, lanes);
  const sums = f.pairs(CHAINS);
  const all = total(lanes, sums, scratch);
  const positions = f32x4.const(input.height * input.width);
  const masked = (x: Expr, h: 0 | 1) => lanes === "together" ? v128.and(x, get(mask[h])) : x;
  const load = (half: number) => rectify(plan, v128.load(get(at), half));
  const overImage = (body: (offset: number, chain: number) => Stmt) => [
    ...clear(sums).flat(),
    ...set(at, get(y)),
    ...forEachPosition(f, input.height, input.width, [{ local: at, plane: input }], body),
    ...all.store,
  ];
  f.emit(
    loadPair(mask, get(slice)),
    set(
      count,
      lanes === "together" ? mul(v128.load32Splat(get(slice), SLICE_RECORD.examples), positions) : positions,
    ),
    set(y, i32.add(get(y), i32.const(imageOffset(input)))),
    repeat(
      channel,
      input.channels,
      overImage((offset, chain) =>
        setPair(sums[chain], (h, half) => add(get(sums[chain][h]), masked(load(offset + half), h)))
      ),
      ...mean.set((h) => f32x4.div(all.value(h), get(count))),
      overImage((offset, chain) => [
        ...setPair(value, (h, half) => masked(sub(load(offset + half), mean.get(h)), h)),
        ...setPair(sums[chain], (h) => madd(get(value[h]), get(value[h]), get(sums[chain][h]))),
      ]),
      mean.write(out, 0),
      all.write(out, 1),
      advance(y, channelBytes(input)),
      advance(out, 2 * valueBytes(lanes)),
    ),
  );
}

/** A channel's constant in registers: one for both halves where the lanes are together. */
interface Constant {
  get(h: 0 | 1): Expr;
  set(value: (h: 0 | 1) => Expr): Stmt[];
  load(record: Local, index: number): Stmt;
  write(out: Local, index: number): Stmt;
}

function constant(f: FunctionBuilder, lanes: Lanes): Constant {
  if (lanes === "apart") {
    const pair = f.pair();
    return {
      get: (h) => get(pair[h]),
      set: (value) => [setPair(pair, value)],
      load: (record, index) => loadPair(pair, get(record), index * POSITION_BYTES),
      write: (out, index) => storePair(get(out), pair, index * POSITION_BYTES),
    };
  }
  const local = f.local(V128);
  return {
    get: () => get(local),
    set: (value) => [set(local, value(0))],
    load: (record, index) => set(local, v128.load32Splat(get(record), 4 * index)),
    write: (out, index) => f32.store(get(out), f32x4.extractLane(get(local), 0), 4 * index),
  };
}

/** Bytes from one channel's record to the next. */
export const recordBytes = (lanes: Lanes): number => CHANNEL_RECORD.size * valueBytes(lanes);

/** Byte offsets of a 2×2 window's positions in scan order. */
const windowOffsets = (plane: Plane): number[] => [
  0,
  POSITION_BYTES,
  rowBytes(plane),
  rowBytes(plane) + POSITION_BYTES,
];

/** Steps two pointers over pooled positions: `at` over the windows of y, `to` over the pooled image. */
function forEachWindow(
  f: FunctionBuilder,
  plan: BatchNormPlan,
  pointers: { wide: { local: Local; plane: Plane }[]; pooled: { local: Local; plane: Plane }[] },
  body: Stmt[],
): Stmt {
  const row = f.local(I32), column = f.local(I32);
  const { height, width } = plan.output;
  return repeat(
    row,
    height,
    repeat(
      column,
      width,
      ...body,
      ...pointers.wide.map((p) => advance(p.local, 2 * POSITION_BYTES)),
      ...pointers.pooled.map((p) => advance(p.local, POSITION_BYTES)),
    ),
    ...pointers.wide.map((p) => advance(p.local, 2 * rowBytes(p.plane) - 2 * width * POSITION_BYTES)),
    ...pointers.pooled.map((p) => advance(p.local, rowBytes(p.plane) - width * POSITION_BYTES)),
  );
}

/** `name.forward(y, records, out)`. */
function forward(f: FunctionBuilder, plan: BatchNormPlan): void {
  const { input, output } = plan;
  const [y, records, out] = f.parameters.map((p) => f.parameter(p));
  const at = f.local(I32), to = f.local(I32), channel = f.local(I32);
  const scale = constant(f, plan.lanes), shift = constant(f, plan.lanes);
  const zero = f.local(V128), value = f.pair();
  const z = (h: 0 | 1, offset: number) =>
    madd(scale.get(h), rectify(plan, v128.load(get(at), offset)), shift.get(h));
  const activate = (x: Expr) => plan.reluAfter ? pmax(x, get(zero)) : x;
  const body = plan.pool
    ? forEachWindow(
      f,
      plan,
      { wide: [{ local: at, plane: input }], pooled: [{ local: to, plane: output }] },
      [
        setPair(value, (h, half) => {
          const [a, b, c, d] = windowOffsets(input).map((offset) => z(h, offset + half));
          return activate(pmax(pmax(pmax(a, b), c), d));
        }),
        storePair(get(to), value),
      ],
    )
    : forEachPosition(
      f,
      output.height,
      output.width,
      [{ local: at, plane: input }, { local: to, plane: output }],
      (offset) => [
        ...setPair(value, (h, half) => activate(z(h, offset + half))),
        ...storePair(get(to), value, offset),
      ],
    );
  f.emit(
    set(zero, v128.zero),
    set(y, i32.add(get(y), i32.const(imageOffset(input)))),
    set(out, i32.add(get(out), i32.const(imageOffset(output)))),
    repeat(
      channel,
      input.channels,
      scale.load(records, CHANNEL_RECORD.scale),
      shift.load(records, CHANNEL_RECORD.shift),
      set(at, get(y)),
      set(to, get(out)),
      body,
      advance(y, channelBytes(input)),
      advance(out, channelBytes(output)),
      advance(records, recordBytes(plan.lanes)),
    ),
  );
}

/** What the backward passes know of a 2×2 window: r, z, the maximum, and dOut where it comes through. */
function window(
  f: FunctionBuilder,
  plan: BatchNormPlan,
  at: Local,
  from: Local,
  affine: { scale: Constant; shift: Constant },
) {
  const r = f.pairs(4), z = f.pairs(4), maximum = f.pair(), dz = f.pair(), zero = f.local(V128);
  return {
    r,
    z,
    maximum,
    dz,
    load: [
      set(zero, v128.zero),
      ...windowOffsets(plan.input).map((offset, i) =>
        setPair(r[i], (_, half) => rectify(plan, v128.load(get(at), offset + half)))
      ),
      ...z.map((zi, i) => setPair(zi, (h) => madd(affine.scale.get(h), get(r[i][h]), affine.shift.get(h)))),
      setPair(maximum, (h) => z.map((zi) => get(zi[h])).reduce((a, b) => pmax(a, b))),
      setPair(dz, (h, half) => {
        const dOut = v128.load(get(from), half);
        return plan.reluAfter ? v128.and(dOut, gt(get(maximum[h]), get(zero))) : dOut;
      }),
    ],
  };
}

/** dOut at `from` where the ReLU behind lets it through; r is in `value`. */
function gradientOfZ(
  plan: BatchNormPlan,
  from: Local,
  offset: number,
  h: 0 | 1,
  { value, scale, shift, zero }: { value: Pair; scale: Constant; shift: Constant; zero: Local },
): Expr {
  const dOut = v128.load(get(from), offset);
  return plan.reluAfter
    ? v128.and(dOut, gt(madd(scale.get(h), get(value[h]), shift.get(h)), get(zero)))
    : dOut;
}

/** `name.sums(y, dOut, records, out, scratch)`: for each channel Σdz and Σ dz·(r − mean) of the slice. */
function sums(f: FunctionBuilder, plan: BatchNormPlan): void {
  const { input, output, lanes } = plan;
  const [y, dOut, records, out, scratch] = f.parameters.map((p) => f.parameter(p));
  const at = f.local(I32), from = f.local(I32), channel = f.local(I32);
  const scale = constant(f, lanes), shift = constant(f, lanes), mean = constant(f, lanes);
  const zero = f.local(V128);
  const first = f.pairs(CHAINS), second = f.pairs(CHAINS);
  const accumulate = (chain: number, value: Pair, dz: Pair): Stmt[] => [
    setPair(first[chain], (h) => add(get(first[chain][h]), get(dz[h]))),
    setPair(second[chain], (h) => madd(get(dz[h]), sub(get(value[h]), mean.get(h)), get(second[chain][h]))),
  ];
  const value = f.pair(), dz = f.pair();
  let body: Stmt;
  if (plan.pool) {
    const w = window(f, plan, at, from, { scale, shift });
    const isMaximum = (i: number, h: 0 | 1) => eq(get(w.z[i][h]), get(w.maximum[h]));
    const here = { wide: [{ local: at, plane: input }], pooled: [{ local: from, plane: output }] };
    body = forEachWindow(f, plan, here, [
      ...w.load,
      // r at the first maximum
      setPair(value, (h) =>
        [2, 1, 0].reduce<Expr>(
          (rest, i) => v128.bitSelect(get(w.r[i][h]), rest, isMaximum(i, h)),
          get(w.r[3][h]),
        )),
      ...accumulate(0, value, w.dz),
    ]);
  } else {
    body = forEachPosition(
      f,
      output.height,
      output.width,
      [{ local: at, plane: input }, { local: from, plane: output }],
      (offset, chain) =>
        [
          setPair(value, (_, half) => rectify(plan, v128.load(get(at), offset + half))),
          setPair(dz, (h, half) => gradientOfZ(plan, from, offset + half, h, { value, scale, shift, zero })),
          ...accumulate(chain, value, dz),
        ].flat(),
    );
  }
  const totals = [total(lanes, first, scratch), total(lanes, second, scratch, POSITION_BYTES)];
  f.emit(
    set(zero, v128.zero),
    set(y, i32.add(get(y), i32.const(imageOffset(input)))),
    set(dOut, i32.add(get(dOut), i32.const(imageOffset(output)))),
    repeat(
      channel,
      input.channels,
      scale.load(records, CHANNEL_RECORD.scale),
      shift.load(records, CHANNEL_RECORD.shift),
      mean.load(records, CHANNEL_RECORD.mean),
      ...clear(first),
      ...clear(second),
      set(at, get(y)),
      set(from, get(dOut)),
      body,
      ...totals.map((t) => t.store),
      ...totals.map((t, i) => t.write(out, i)),
      advance(y, channelBytes(input)),
      advance(dOut, channelBytes(output)),
      advance(records, recordBytes(lanes)),
      advance(out, 2 * valueBytes(lanes)),
    ),
  );
}

/** `name.backward(y, dOut, records, slice, dy)`. */
function backward(f: FunctionBuilder, plan: BatchNormPlan): void {
  const { input, output, inputGradient, lanes } = plan;
  const [y, dOut, records, slice, dy] = f.parameters.map((p) => f.parameter(p));
  const at = f.local(I32), from = f.local(I32), to = f.local(I32), channel = f.local(I32);
  const scale = constant(f, lanes), shift = constant(f, lanes);
  const a = constant(f, lanes), b = constant(f, lanes), c = constant(f, lanes);
  const zero = f.local(V128), mask = f.pair(), result = f.pair(), value = f.pair();
  /** dr = a·dz + (b·r + c), or without the first term; r is in `value`. */
  const write = (value: Pair, toOffset: number, dz?: (h: 0 | 1, half: number) => Expr): Stmt => [
    ...setPair(result, (h, half) => {
      const affine = madd(b.get(h), get(value[h]), c.get(h));
      const dr = v128.and(dz ? madd(a.get(h), dz(h, half), affine) : affine, get(mask[h]));
      return plan.reluBefore ? v128.and(dr, gt(get(value[h]), get(zero))) : dr;
    }),
    ...storePair(get(to), result, toOffset),
  ];
  const body: Stmt[] = [];
  if (plan.pool) {
    const w = window(f, plan, at, from, { scale, shift });
    const isMaximum = (i: number, h: 0 | 1) => eq(get(w.z[i][h]), get(w.maximum[h]));
    const here = {
      wide: [{ local: at, plane: input }, { local: to, plane: inputGradient }],
      pooled: [{ local: from, plane: output }],
    };
    const to4 = windowOffsets(inputGradient);
    body.push(forEachWindow(f, plan, here, [
      ...w.load,
      ...[0, 1, 2].flatMap((i) => [
        write(w.r[i], to4[i], (h) => v128.and(get(w.dz[h]), isMaximum(i, h))),
        // what no position so far has taken
        setPair(w.dz, (h) => v128.andNot(get(w.dz[h]), isMaximum(i, h))),
      ]),
      write(w.r[3], to4[3], (h) => get(w.dz[h])),
    ]));
    // the last row and column of an odd image are in no window
    const lastRow = 2 * output.height, lastColumn = 2 * output.width;
    const counter = f.local(I32);
    const edge = (row: number, column: number, count: number, step: (plane: Plane) => number) => [
      set(at, i32.add(get(y), i32.const(row * rowBytes(input) + column * POSITION_BYTES))),
      set(to, i32.add(get(dy), i32.const(row * rowBytes(inputGradient) + column * POSITION_BYTES))),
      repeat(
        counter,
        count,
        setPair(value, (_, half) => rectify(plan, v128.load(get(at), half))),
        write(value, 0),
        advance(at, step(input)),
        advance(to, step(inputGradient)),
      ),
    ];
    if (lastRow < input.height) body.push(...edge(lastRow, 0, input.width, () => POSITION_BYTES));
    if (lastColumn < input.width) body.push(...edge(0, lastColumn, lastRow, rowBytes));
  } else {
    body.push(forEachPosition(
      f,
      input.height,
      input.width,
      [{ local: at, plane: input }, { local: from, plane: output }, { local: to, plane: inputGradient }],
      (offset) => [
        ...setPair(value, (_, half) => rectify(plan, v128.load(get(at), offset + half))),
        ...write(
          value,
          offset,
          (h, half) => gradientOfZ(plan, from, offset + half, h, { value, scale, shift, zero }),
        ),
      ],
    ));
  }
  f.emit(
    set(zero, v128.zero),
    loadPair(mask, get(slice)),
    set(y, i32.add(get(y), i32.const(imageOffset(input)))),
    set(dOut, i32.add(get(dOut), i32.const(imageOffset(output)))),
    set(dy, i32.add(get(dy), i32.const(imageOffset(inputGradient)))),
    repeat(
      channel,
      input.channels,
      ...([[scale, "scale"], [shift, "shift"], [a, "a"], [b, "b"], [c, "c"]] as const).map(([held, key]) =>
        held.load(records, CHANNEL_RECORD[key])
      ),
      set(at, get(y)),
      set(from, get(dOut)),
      set(to, get(dy)),
      ...body,
      advance(y, channelBytes(input)),
      advance(dOut, channelBytes(output)),
      advance(dy, channelBytes(inputGradient)),
      advance(records, recordBytes(lanes)),
    ),
  );
}

/** Adds `name.statistics`, `name.forward`, `name.sums` and `name.backward` to a module. */
export function batchNormKernels(module: ModuleBuilder, name: string, plan: BatchNormPlan): void {
  module.function(`${name}.statistics`, ["y", "slice", "out", "scratch"], (f) => statistics(f, plan));
  module.function(`${name}.forward`, ["y", "records", "out"], (f) => forward(f, plan));
  module.function(`${name}.sums`, ["y", "dOut", "records", "out", "scratch"], (f) => sums(f, plan));
  module.function(
    `${name}.backward`,
    ["y", "dOut", "records", "slice", "dy"],
    (f) => backward(f, plan),
  );
}
