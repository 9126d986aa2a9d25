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
 * Order of sums: positions row by row, alternating over `CHAINS` partial sums per half, which are added in turn;
 * then the two halves, then the four lanes as (0 + 2) + (1 + 3).
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
  type Local,
  type ModuleBuilder,
  repeat,
  set,
  type Stmt,
  V128,
  v128,
} from "./assembler.ts";
import { channelBytes, HALVES, imageOffset, type Plane, POSITION_BYTES, rowBytes } from "./layout.ts";
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

/** Adds all partial sums, chain by chain and half after half, then lane by lane. */
function total(sums: readonly Local[]): Expr {
  return sumLanes(sums.map(get).reduce((a, b) => add(a, b)));
}

const clear = (locals: readonly Local[]): Stmt[] => locals.map((local) => set(local, v128.zero));

/**
 * `name.statistics(y, slice, out)`: for each channel the mean of the slice and the sum of squared deviations
 * from it, two float32. Two passes, so that nothing cancels.
 */
function statistics(f: FunctionBuilder, { input }: BatchNormPlan): void {
  const [y, slice, out] = f.parameters.map((p) => f.parameter(p));
  const at = f.local(I32), channel = f.local(I32);
  const mask = f.locals(2, V128), mean = f.local(V128), deviation = f.local(V128);
  const count = f.local(V128);
  const sums = f.locals(2 * CHAINS, V128);
  const sum = (chain: number, h: number) => sums[2 * chain + h];
  const masked = (value: Expr, h: number) => v128.and(value, get(mask[h]));
  f.emit(
    ...HALVES.map((half, h) => set(mask[h], v128.load(get(slice), half))),
    set(
      count,
      mul(v128.load32Splat(get(slice), SLICE_RECORD.examples), f32x4.const(input.height * input.width)),
    ),
    repeat(
      channel,
      input.channels,
      ...clear(sums),
      set(at, get(y)),
      forEachPosition(
        f,
        input.height,
        input.width,
        [{ local: at, plane: input }],
        (offset, chain) =>
          HALVES.flatMap((half, h) =>
            set(sum(chain, h), add(get(sum(chain, h)), masked(v128.load(get(at), offset + half), h)))
          ),
      ),
      set(mean, f32x4.div(f32x4.splat(total(sums)), get(count))),
      ...clear(sums),
      set(at, get(y)),
      forEachPosition(
        f,
        input.height,
        input.width,
        [{ local: at, plane: input }],
        (offset, chain) =>
          HALVES.flatMap((half, h) => [
            ...set(deviation, masked(sub(v128.load(get(at), offset + half), get(mean)), h)),
            ...set(sum(chain, h), madd(get(deviation), get(deviation), get(sum(chain, h)))),
          ]),
      ),
      f32.store(get(out), f32x4.extractLane(get(mean), 0)),
      f32.store(get(out), total(sums), 4),
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
  const scale = f.local(V128), shift = f.local(V128), zero = f.local(V128);
  const z = (offset: number) => madd(get(scale), v128.load(get(at), offset), get(shift));
  const body = plan.pool
    ? forEachWindow(
      f,
      plan,
      { wide: [{ local: at, plane: input }], pooled: [{ local: to, plane: output }] },
      HALVES.map((half) => {
        const [a, b, c, d] = windowOffsets(input).map((offset) => z(offset + half));
        return v128.store(get(to), pmax(pmax(pmax(pmax(a, b), c), d), get(zero)), half);
      }),
    )
    : forEachPosition(
      f,
      output.height,
      output.width,
      [{ local: at, plane: input }, { local: to, plane: output }],
      (offset) =>
        HALVES.flatMap((half) => v128.store(get(to), pmax(z(offset + half), get(zero)), offset + half)),
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

/** `name.sums(y, dOut, records, out)`: for each channel Σdz and Σ dz·(y − mean) of the slice, two float32. */
function sums(f: FunctionBuilder, plan: BatchNormPlan): void {
  const { input, output } = plan;
  const [y, dOut, records, out] = f.parameters.map((p) => f.parameter(p));
  const at = f.local(I32), from = f.local(I32), channel = f.local(I32);
  const [scale, shift, mean, zero, value, dz] = f.locals(6, V128);
  const first = f.locals(2 * CHAINS, V128), second = f.locals(2 * CHAINS, V128);
  const accumulate = (slot: number): Stmt[] => [
    set(first[slot], add(get(first[slot]), get(dz))),
    set(second[slot], madd(get(dz), sub(get(value), get(mean)), get(second[slot]))),
  ];
  const [y0, y1, y2, y3, z0, z1, z2, m] = f.locals(8, V128);
  const z = (local: Local) => madd(get(scale), get(local), get(shift));
  const body = plan.pool
    ? forEachWindow(
      f,
      plan,
      { wide: [{ local: at, plane: input }], pooled: [{ local: from, plane: output }] },
      HALVES.flatMap((half, h) => [
        ...[y0, y1, y2, y3].map((local, i) => set(local, v128.load(get(at), windowOffsets(input)[i] + half))),
        set(z0, z(y0)),
        set(z1, z(y1)),
        set(z2, z(y2)),
        set(m, pmax(pmax(pmax(get(z0), get(z1)), get(z2)), z(y3))),
        set(
          value,
          v128.bitSelect(
            get(y0),
            v128.bitSelect(
              get(y1),
              v128.bitSelect(get(y2), get(y3), eq(get(z2), get(m))),
              eq(get(z1), get(m)),
            ),
            eq(get(z0), get(m)),
          ),
        ),
        set(dz, v128.and(v128.load(get(from), half), gt(get(m), get(zero)))),
        ...accumulate(h),
      ]),
    )
    : forEachPosition(
      f,
      output.height,
      output.width,
      [{ local: at, plane: input }, { local: from, plane: output }],
      (offset, chain) =>
        HALVES.flatMap((half, h) =>
          [
            set(value, v128.load(get(at), offset + half)),
            set(dz, v128.and(v128.load(get(from), offset + half), gt(z(value), get(zero)))),
            ...accumulate(2 * chain + h),
          ].flat()
        ),
    );
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
      f32.store(get(out), total(first)),
      f32.store(get(out), total(second), 4),
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
  const mask = f.locals(2, V128);
  const [z0, z1, z2, m, rest, value] = f.locals(6, V128);
  const writeAt = (offset: number, toOffset: number, h: number, dz: Expr | undefined): Stmt => {
    const affine = madd(get(b), v128.load(get(at), offset + HALVES[h]), get(c));
    const result = dz ? madd(get(a), dz, affine) : affine;
    return v128.store(get(to), v128.and(result, get(mask[h])), toOffset + HALVES[h]);
  };
  const body: Stmt[] = [];
  if (plan.pool) {
    const from4 = windowOffsets(input), to4 = windowOffsets(inputGradient);
    const z = (i: number, half: number) => madd(get(scale), v128.load(get(at), from4[i] + half), get(shift));
    body.push(forEachWindow(
      f,
      plan,
      {
        wide: [{ local: at, plane: input }, { local: to, plane: inputGradient }],
        pooled: [{ local: from, plane: output }],
      },
      HALVES.flatMap((half, h) => [
        set(z0, z(0, half)),
        set(z1, z(1, half)),
        set(z2, z(2, half)),
        set(m, pmax(pmax(pmax(get(z0), get(z1)), get(z2)), z(3, half))),
        // what no earlier position of the window has taken
        set(rest, v128.and(v128.load(get(from), half), gt(get(m), get(zero)))),
        ...[z0, z1, z2].flatMap((zi, i) => [
          set(value, eq(get(zi), get(m))),
          writeAt(from4[i], to4[i], h, v128.and(get(rest), get(value))),
          set(rest, v128.andNot(get(rest), get(value))),
        ]),
        writeAt(from4[3], to4[3], h, get(rest)),
      ]),
    ));
    // the last row and column of an odd image are in no window
    const lastRow = 2 * output.height, lastColumn = 2 * output.width;
    const counter = f.local(I32);
    const edge = (row: number, column: number, count: number, step: (plane: Plane) => number) => [
      set(at, i32.add(get(y), i32.const(row * rowBytes(input) + column * POSITION_BYTES))),
      set(to, i32.add(get(dy), i32.const(row * rowBytes(inputGradient) + column * POSITION_BYTES))),
      repeat(
        counter,
        count,
        ...[0, 1].map((h) => writeAt(0, 0, h, undefined)),
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
      (offset) =>
        HALVES.flatMap((half, h) => {
          const z = madd(get(scale), v128.load(get(at), offset + half), get(shift));
          return writeAt(
            offset,
            offset,
            h,
            v128.and(v128.load(get(from), offset + half), gt(z, get(zero))),
          );
        }),
    ));
  }
  f.emit(
    set(zero, v128.zero),
    ...HALVES.map((half, h) => set(mask[h], v128.load(get(slice), half))),
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
  module.function(`${name}.statistics`, ["y", "slice", "out"], (f) => statistics(f, plan));
  module.function(`${name}.forward`, ["y", "records", "out"], (f) => forward(f, plan));
  module.function(`${name}.sums`, ["y", "dOut", "records", "out"], (f) => sums(f, plan));
  module.function(
    `${name}.backward`,
    ["y", "dOut", "records", "slice", "dy"],
    (f) => backward(f, plan),
  );
}
