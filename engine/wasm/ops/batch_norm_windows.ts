/**
 * Batch norm's passes where a 2×2 max-pool follows: what they do to the windows of one channel.
 *
 * z = scale·r + shift is monotone, rounded or not, so a window's largest z belongs to its largest r, or to its smallest
 * where scale is negative: r is looked at alone, and z computed once for each window. Of several such r the first
 * counts; so it does where different r come to the same z, which a pool that sees z only settles by their order.
 *
 * @module
 */
import {
  advance,
  choose,
  type Expr,
  f32,
  f32x4,
  type FunctionBuilder,
  get,
  I32,
  i32,
  type Local,
  type Pair,
  repeat,
  set,
  setPair,
  type Stmt,
  storePair,
  v128,
} from "../assembler.ts";
import { type Plane, POSITION_BYTES, rowBytes, tightPlane } from "../layout.ts";
import type { PlanePointer } from "../planes.ts";
import {
  type BatchNormPlan,
  CHANNEL_RECORD,
  type Constant,
  rectify,
  valueBytes,
} from "./batch_norm_channel.ts";

/** Windows in one round of a loop. */
const TOGETHER = 2;

const { pmax, pmin, madd, eq, gt } = f32x4;

/** The r of a window whose z is the largest. */
type Extreme = typeof pmax;

/** Where a slice's r of the windows' maxima are kept. */
export const keptPlane = ({ output: { channels, height, width } }: Pick<BatchNormPlan, "output">): Plane =>
  tightPlane([channels, height, width]);

/** Byte offsets of a 2×2 window's positions in scan order. */
const windowOffsets = (plane: Plane): number[] => [
  0,
  POSITION_BYTES,
  rowBytes(plane),
  rowBytes(plane) + POSITION_BYTES,
];

/** Runs `body` with the extreme that this channel's scale asks for. */
function byScale({ lanes }: BatchNormPlan, records: Local, body: (extreme: Extreme) => Stmt): Stmt {
  const scale = f32.load(get(records), CHANNEL_RECORD.scale * valueBytes(lanes));
  return choose(f32.lt(scale, f32.const(0)), body(pmin), body(pmax));
}

/**
 * Runs over the windows of a channel, row by row: `body(i)` for the i-th of a round, whose places are i windows behind
 * the pointers: `wide` ones into planes of y, `pooled` ones into planes of the output. It moves the pointers.
 */
function forEachWindow(
  f: FunctionBuilder,
  { output: { height, width } }: BatchNormPlan,
  { wide, pooled }: { readonly wide: readonly PlanePointer[]; readonly pooled: readonly PlanePointer[] },
  body: (i: number) => Stmt,
): Stmt {
  const row = f.local(I32), column = f.local(I32);
  const rounds = Math.floor(width / TOGETHER), done = rounds * TOGETHER;
  const some = (count: number) => Array.from({ length: count }, (_, i) => body(i)).flat();
  const along = (windows: number): Stmt[] => [
    ...wide.map(({ local }) => advance(local, 2 * windows * POSITION_BYTES)),
    ...pooled.map(({ local }) => advance(local, windows * POSITION_BYTES)),
  ];
  return repeat(
    row,
    height,
    ...(rounds > 0 ? [repeat(column, rounds, some(TOGETHER), ...along(TOGETHER))] : []),
    some(width - done),
    ...wide.map(({ local, plane }) => advance(local, 2 * rowBytes(plane) - 2 * done * POSITION_BYTES)),
    ...pooled.map(({ local, plane }) => advance(local, rowBytes(plane) - done * POSITION_BYTES)),
  );
}

/** Of one half of the window at `at`: r by place. */
const valuesOf = (plan: BatchNormPlan, at: Local, offset: number): Expr[] =>
  windowOffsets(plan.input).map((place) => rectify(plan, v128.load(get(at), place + offset)));

const extremeOf = ([a, b, c, d]: readonly Expr[], extreme: Extreme): Expr =>
  extreme(extreme(a, b), extreme(c, d));

/** out of each window, and at `kept` its r, which the sums need. */
export function forwardWindows(
  f: FunctionBuilder,
  plan: BatchNormPlan,
  { from, to, kept, records, scale, shift, zero }: {
    readonly from: Local;
    readonly to: Local;
    readonly kept: Local;
    readonly records: Local;
    readonly scale: Constant;
    readonly shift: Constant;
    readonly zero: Local;
  },
): Stmt {
  const r = f.pair(), value = f.pair();
  const here = {
    wide: [{ local: from, plane: plan.input }],
    pooled: [{ local: to, plane: plan.output }, { local: kept, plane: keptPlane(plan) }],
  };
  return byScale(plan, records, (extreme) =>
    forEachWindow(f, plan, here, (i) => [
      ...setPair(r, (_, half) => extremeOf(valuesOf(plan, from, 2 * i * POSITION_BYTES + half), extreme)),
      ...setPair(value, (h) => {
        const z = madd(get(r[h]), scale.get(h), shift.get(h));
        return plan.reluAfter ? pmax(z, get(zero)) : z;
      }),
      ...storePair(get(to), value, i * POSITION_BYTES),
      ...storePair(get(kept), r, i * POSITION_BYTES),
    ]));
}

/** Stores dy of r at `offset` from `to`: what comes through the statistics, and dz's part where there is one. */
export type WriteGradient = (r: Pair, to: Local, offset: number, dz?: (h: 0 | 1) => Expr) => Stmt;

/** Writes dy, also where an odd image's last row and column are in no window. */
export function gradientWindows(
  f: FunctionBuilder,
  plan: BatchNormPlan,
  { at, from, to, records, scale, shift, zero, write }: {
    /** At y, dOut and dy. */
    readonly at: Local;
    readonly from: Local;
    readonly to: Local;
    readonly records: Local;
    readonly scale: Constant;
    readonly shift: Constant;
    readonly zero: Local;
    readonly write: WriteGradient;
  },
): Stmt {
  const { input, output, inputGradient } = plan;
  const r = f.pairs(4), maximum = f.pair(), dz = f.pair();
  const startAt = f.local(I32), startTo = f.local(I32);
  const here = {
    wide: [{ local: at, plane: input }, { local: to, plane: inputGradient }],
    pooled: [{ local: from, plane: output }],
  };
  const isMaximum = (i: number, h: 0 | 1) => eq(get(r[i][h]), get(maximum[h]));
  const places = windowOffsets(inputGradient);
  const windows = byScale(plan, records, (extreme) =>
    forEachWindow(f, plan, here, (i) => {
      const offset = 2 * i * POSITION_BYTES;
      return [
        ...r.flatMap((place, p) => setPair(place, (_, half) => valuesOf(plan, at, offset + half)[p])),
        ...setPair(maximum, (h) => extremeOf(r.map((place) => get(place[h])), extreme)),
        ...setPair(dz, (h, half) => {
          const dOut = v128.load(get(from), i * POSITION_BYTES + half);
          const z = madd(get(maximum[h]), scale.get(h), shift.get(h));
          return plan.reluAfter ? v128.and(dOut, gt(z, get(zero))) : dOut;
        }),
        ...[0, 1, 2].flatMap((p) => [
          ...write(r[p], to, offset + places[p], (h) => v128.and(get(dz[h]), isMaximum(p, h))),
          // what no place so far has taken
          ...setPair(dz, (h) => v128.andNot(get(dz[h]), isMaximum(p, h))),
        ]),
        ...write(r[3], to, offset + places[3], (h) => get(dz[h])),
      ];
    }));
  const lastRow = 2 * output.height, lastColumn = 2 * output.width, counter = f.local(I32);
  const edge = (row: number, column: number, count: number, step: (plane: Plane) => number): Stmt => {
    const start = (plane: Plane) => i32.const(row * rowBytes(plane) + column * POSITION_BYTES);
    return [
      ...set(at, i32.add(get(startAt), start(input))),
      ...set(to, i32.add(get(startTo), start(inputGradient))),
      ...repeat(
        counter,
        count,
        setPair(r[0], (_, half) => rectify(plan, v128.load(get(at), half))),
        write(r[0], to, 0),
        advance(at, step(input)),
        advance(to, step(inputGradient)),
      ),
    ];
  };
  return [
    ...set(startAt, get(at)),
    ...set(startTo, get(to)),
    ...windows,
    ...(lastRow < input.height ? edge(lastRow, 0, input.width, () => POSITION_BYTES) : []),
    ...(lastColumn < input.width ? edge(0, lastColumn, lastRow, rowBytes) : []),
  ];
}
