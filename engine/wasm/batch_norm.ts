/**
 * Batch norm with ReLU, and the 2×2 max-pool after it where there is one, for one group of eight examples.
 *
 *   z = scale·y + shift     a = max(z, 0)     out = a, or the maximum of a over 2×2 windows
 *   dz = dOut where a > 0 (pooled: at the window's first maximum), else 0
 *   dy = γ/σ · (dz − Σdz/M − x̂·Σ(dz·x̂)/M)     x̂ = (y − mean)/σ
 *
 * Nothing but y is kept for the backward pass: z, the mask and the maximum's place are computed again. The sums
 * go over the whole batch, so each pass is in two parts with a meeting of all slices between them; what happens
 * there is in `trainer.ts`. Constants of a channel are a record of eight float32 (`CHANNEL_RECORD`).
 *
 * y `[K,rows,columns,8]` as the convolution left it (without its bias); lanes of a partial group that hold no
 * example are masked out of the statistics and of dy.
 * Order of sums: positions row by row, alternating over `CHAINS` partial sums for each lane (a pooled sum uses the
 * first only), which are added in turn; then the two halves, then the four lanes as (0 + 2) + (1 + 3).
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
} from "./assembler.ts";
import { channelBytes, imageOffset, type Plane, POSITION_BYTES, rowBytes } from "./layout.ts";
import { sumLanes } from "./reduction.ts";

/** Float32 values of a channel's record, by their index. dy = a·dz + b·y + c. */
export const CHANNEL_RECORD = { scale: 0, shift: 1, mean: 2, a: 3, b: 4, c: 5, size: 8 } as const;

/**
 * A slice's record, by byte offsets: eight int32 lane masks (−1 or 0), the number of examples as float32, and the
 * examples' places in the training set, eight uint32.
 */
export const SLICE_RECORD = { mask: 0, examples: 32, indices: 64, bytes: 128 } as const;

/** Independent partial sums per half: enough to hide the latency of an addition. */
const CHAINS = 2;

/** What a batch norm works on. */
export interface BatchNormPlan {
  /** y, as the convolution writes it. */
  readonly input: Plane;
  /** The next layer's input: the same image, or half its size where `pool`. */
  readonly output: Plane;
  /** dy, as the convolution's backward pass reads it. */
  readonly inputGradient: Plane;
  readonly pool: boolean;
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

/**
 * The sum over chains, halves and lanes of `sums`, one pair for each chain. They go through 32 bytes of `scratch`
 * at `offset`, so that the halves stay together until the end.
 */
function total(sums: readonly Pair[], scratch: Local, offset = 0): { store: Stmt; value: Expr } {
  const [first, second] = sums;
  return {
    store: [
      ...setPair(first, (h) => add(get(first[h]), get(second[h]))),
      ...storePair(get(scratch), first, offset),
    ],
    value: sumLanes(add(v128.load(get(scratch), offset), v128.load(get(scratch), offset + 16))),
  };
}

const clear = (pairs: readonly Pair[]): Stmt[] => pairs.map((pair) => setPair(pair, () => v128.zero));

/**
 * `name.statistics(y, slice, out, scratch)`: for each channel the mean of the slice and the sum of squared
 * deviations from it, two float32. Two passes, so that nothing cancels.
 */
function statistics(f: FunctionBuilder, { input }: BatchNormPlan): void {
  const [y, slice, out, scratch] = f.parameters.map((p) => f.parameter(p));
  const at = f.local(I32), channel = f.local(I32);
  const mask = f.pair(), mean = f.local(V128), value = f.pair(), count = f.local(V128);
  const sums = f.pairs(CHAINS);
  const all = total(sums, scratch);
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
      mul(v128.load32Splat(get(slice), SLICE_RECORD.examples), f32x4.const(input.height * input.width)),
    ),
    repeat(
      channel,
      input.channels,
      overImage((offset, chain) =>
        setPair(
          sums[chain],
          (h, half) => add(get(sums[chain][h]), v128.and(v128.load(get(at), offset + half), get(mask[h]))),
        )
      ),
      set(mean, f32x4.div(f32x4.splat(all.value), get(count))),
      overImage((offset, chain) => [
        ...setPair(
          value,
          (h, half) => v128.and(sub(v128.load(get(at), offset + half), get(mean)), get(mask[h])),
        ),
        ...setPair(sums[chain], (h) => madd(get(value[h]), get(value[h]), get(sums[chain][h]))),
      ]),
      f32.store(get(out), f32x4.extractLane(get(mean), 0)),
      f32.store(get(out), all.value, 4),
      advance(y, channelBytes(input)),
      advance(out, 8),
    ),
  );
}

/** A channel's constant as a vector. */
const constant = (record: Local, index: number): Expr => v128.load32Splat(get(record), 4 * index);

const NEXT_RECORD = 4 * CHANNEL_RECORD.size;

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
  const scale = f.local(V128), shift = f.local(V128), zero = f.local(V128), value = f.pair();
  const z = (offset: number) => madd(get(scale), v128.load(get(at), offset), get(shift));
  const body = plan.pool
    ? forEachWindow(
      f,
      plan,
      { wide: [{ local: at, plane: input }], pooled: [{ local: to, plane: output }] },
      [
        setPair(value, (_, half) => {
          const [a, b, c, d] = windowOffsets(input).map((offset) => z(offset + half));
          return pmax(pmax(pmax(pmax(a, b), c), d), get(zero));
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
        ...setPair(value, (_, half) => pmax(z(offset + half), get(zero))),
        ...storePair(get(to), value, offset),
      ],
    );
  f.emit(
    set(zero, v128.zero),
    set(out, i32.add(get(out), i32.const(imageOffset(output)))),
    repeat(
      channel,
      input.channels,
      set(scale, constant(records, CHANNEL_RECORD.scale)),
      set(shift, constant(records, CHANNEL_RECORD.shift)),
      set(at, get(y)),
      set(to, get(out)),
      body,
      advance(y, channelBytes(input)),
      advance(out, channelBytes(output)),
      advance(records, NEXT_RECORD),
    ),
  );
}

/** What the backward passes know of a 2×2 window: y, z, the maximum, and dOut where it is positive. */
function window(
  f: FunctionBuilder,
  plane: Plane,
  at: Local,
  from: Local,
  affine: { scale: Local; shift: Local },
) {
  const y = f.pairs(4), z = f.pairs(4), maximum = f.pair(), dz = f.pair(), zero = f.local(V128);
  return {
    y,
    z,
    maximum,
    dz,
    load: [
      set(zero, v128.zero),
      ...windowOffsets(plane).map((offset, i) => loadPair(y[i], get(at), offset)),
      ...z.map((zi, i) => setPair(zi, (h) => madd(get(affine.scale), get(y[i][h]), get(affine.shift)))),
      setPair(maximum, (h) => z.map((zi) => get(zi[h])).reduce((a, b) => pmax(a, b))),
      setPair(dz, (h, half) => v128.and(v128.load(get(from), half), gt(get(maximum[h]), get(zero)))),
    ],
  };
}

/**
 * `name.sums(y, dOut, records, out, scratch)`: for each channel Σdz and Σ dz·(y − mean) of the slice, two float32.
 */
function sums(f: FunctionBuilder, plan: BatchNormPlan): void {
  const { input, output } = plan;
  const [y, dOut, records, out, scratch] = f.parameters.map((p) => f.parameter(p));
  const at = f.local(I32), from = f.local(I32), channel = f.local(I32);
  const [scale, shift, mean, zero] = f.locals(4, V128);
  const first = f.pairs(CHAINS), second = f.pairs(CHAINS);
  const accumulate = (chain: number, value: Pair, dz: Pair): Stmt[] => [
    setPair(first[chain], (h) => add(get(first[chain][h]), get(dz[h]))),
    setPair(second[chain], (h) => madd(get(dz[h]), sub(get(value[h]), get(mean)), get(second[chain][h]))),
  ];
  const value = f.pair(), dz = f.pair();
  let body: Stmt;
  if (plan.pool) {
    const w = window(f, input, at, from, { scale, shift });
    const isMaximum = (i: number, h: 0 | 1) => eq(get(w.z[i][h]), get(w.maximum[h]));
    const here = { wide: [{ local: at, plane: input }], pooled: [{ local: from, plane: output }] };
    body = forEachWindow(f, plan, here, [
      ...w.load,
      // y at the first maximum
      setPair(value, (h) =>
        [2, 1, 0].reduce<Expr>(
          (rest, i) => v128.bitSelect(get(w.y[i][h]), rest, isMaximum(i, h)),
          get(w.y[3][h]),
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
          loadPair(value, get(at), offset),
          setPair(dz, (h, half) =>
            v128.and(
              v128.load(get(from), offset + half),
              gt(madd(get(scale), get(value[h]), get(shift)), get(zero)),
            )),
          ...accumulate(chain, value, dz),
        ].flat(),
    );
  }
  const totals = [total(first, scratch), total(second, scratch, POSITION_BYTES)];
  f.emit(
    set(zero, v128.zero),
    set(dOut, i32.add(get(dOut), i32.const(imageOffset(output)))),
    repeat(
      channel,
      input.channels,
      set(scale, constant(records, CHANNEL_RECORD.scale)),
      set(shift, constant(records, CHANNEL_RECORD.shift)),
      set(mean, constant(records, CHANNEL_RECORD.mean)),
      ...clear(first),
      ...clear(second),
      set(at, get(y)),
      set(from, get(dOut)),
      body,
      ...totals.map((t) => t.store),
      ...totals.map((t, i) => f32.store(get(out), t.value, 4 * i)),
      advance(y, channelBytes(input)),
      advance(dOut, channelBytes(output)),
      advance(records, NEXT_RECORD),
      advance(out, 8),
    ),
  );
}

/** `name.backward(y, dOut, records, slice, dy)`. */
function backward(f: FunctionBuilder, plan: BatchNormPlan): void {
  const { input, output, inputGradient } = plan;
  const [y, dOut, records, slice, dy] = f.parameters.map((p) => f.parameter(p));
  const at = f.local(I32), from = f.local(I32), to = f.local(I32), channel = f.local(I32);
  const [scale, shift, a, b, c, zero] = f.locals(6, V128);
  const mask = f.pair(), result = f.pair(), value = f.pair();
  /** dy = a·dz + (b·y + c), or without the first term; y is in `value`. */
  const write = (value: Pair, toOffset: number, dz?: (h: 0 | 1, half: number) => Expr): Stmt => [
    ...setPair(result, (h, half) => {
      const affine = madd(get(b), get(value[h]), get(c));
      return v128.and(dz ? madd(get(a), dz(h, half), affine) : affine, get(mask[h]));
    }),
    ...storePair(get(to), result, toOffset),
  ];
  const body: Stmt[] = [];
  if (plan.pool) {
    const w = window(f, input, at, from, { scale, shift });
    const isMaximum = (i: number, h: 0 | 1) => eq(get(w.z[i][h]), get(w.maximum[h]));
    const here = {
      wide: [{ local: at, plane: input }, { local: to, plane: inputGradient }],
      pooled: [{ local: from, plane: output }],
    };
    const to4 = windowOffsets(inputGradient);
    body.push(forEachWindow(f, plan, here, [
      ...w.load,
      ...[0, 1, 2].flatMap((i) => [
        write(w.y[i], to4[i], (h) => v128.and(get(w.dz[h]), isMaximum(i, h))),
        // what no position so far has taken
        setPair(w.dz, (h) => v128.andNot(get(w.dz[h]), isMaximum(i, h))),
      ]),
      write(w.y[3], to4[3], (h) => get(w.dz[h])),
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
        loadPair(value, get(at)),
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
        ...loadPair(value, get(at), offset),
        ...write(value, offset, (h, half) =>
          v128.and(
            v128.load(get(from), offset + half),
            gt(madd(get(scale), get(value[h]), get(shift)), get(zero)),
          )),
      ],
    ));
  }
  f.emit(
    set(zero, v128.zero),
    loadPair(mask, get(slice)),
    set(dOut, i32.add(get(dOut), i32.const(imageOffset(output)))),
    set(dy, i32.add(get(dy), i32.const(imageOffset(inputGradient)))),
    repeat(
      channel,
      input.channels,
      ...([[scale, "scale"], [shift, "shift"], [a, "a"], [b, "b"], [c, "c"]] as const).map(([local, key]) =>
        set(local, constant(records, CHANNEL_RECORD[key]))
      ),
      set(at, get(y)),
      set(from, get(dOut)),
      set(to, get(dy)),
      ...body,
      advance(y, channelBytes(input)),
      advance(dOut, channelBytes(output)),
      advance(dy, channelBytes(inputGradient)),
      advance(records, NEXT_RECORD),
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
