/**
 * What batch norm's kernels share: a plan, a channel's constants in registers, and sums over its positions.
 *
 * @module
 */
import {
  type Expr,
  f32,
  f32x4,
  type FunctionBuilder,
  get,
  loadPair,
  type Local,
  type Pair,
  set,
  setPair,
  type Stmt,
  storePair,
  V128,
  v128,
} from "../assembler.ts";
import { type Plane, POSITION_BYTES } from "../layout.ts";
import { sumLanes } from "../reduction.ts";

/** Values of a channel's record, by their index. dr = a·dz + b·(r − mean) + c: nothing large cancels where the mean is. */
export const CHANNEL_RECORD = { scale: 0, shift: 1, mean: 2, a: 3, b: 4, c: 5, size: 8 } as const;

/** Whether one set of statistics holds for all examples, or each lane has its own. */
export type Lanes = "together" | "apart";

/** Bytes of a value in a channel's record, and of a sum or a mean that the kernels write. */
export const valueBytes = (lanes: Lanes): number => lanes === "together" ? 4 : POSITION_BYTES;

/** Bytes from one channel's record to the next. */
export const recordBytes = (lanes: Lanes): number => CHANNEL_RECORD.size * valueBytes(lanes);

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

/** r of what is in memory. */
export const rectify = ({ reluBefore }: BatchNormPlan, y: Expr): Expr =>
  reluBefore ? f32x4.pmax(y, v128.zero) : y;

/** A channel's constant in registers: one for both halves where the lanes are together. */
export interface Constant {
  get(h: 0 | 1): Expr;
  set(value: (h: 0 | 1) => Expr): Stmt;
  load(record: Local, index: number): Stmt;
  write(out: Local, index: number): Stmt;
}

export function constant(f: FunctionBuilder, lanes: Lanes): Constant {
  if (lanes === "apart") {
    const pair = f.pair();
    return {
      get: (h) => get(pair[h]),
      set: (value) => setPair(pair, value),
      load: (record, index) => loadPair(pair, get(record), index * POSITION_BYTES),
      write: (out, index) => storePair(get(out), pair, index * POSITION_BYTES),
    };
  }
  const local = f.local(V128);
  return {
    get: () => get(local),
    set: (value) => set(local, value(0)),
    load: (record, index) => set(local, v128.load32Splat(get(record), 4 * index)),
    write: (out, index) => f32.store(get(out), f32x4.extractLane(get(local), 0), 4 * index),
  };
}

/** A channel's constant that is 0 in lanes which hold no example. */
export function maskedConstant(f: FunctionBuilder, lanes: Lanes, mask: Pair): Pick<Constant, "get" | "load"> {
  const pair = f.pair(), value = constant(f, lanes);
  return {
    get: (h) => get(pair[h]),
    load: (record, index) => [
      ...value.load(record, index),
      ...setPair(pair, (h) => v128.and(value.get(h), get(mask[h]))),
    ],
  };
}

/** What is stored of sums that are complete, `index` values from `out`. */
export interface Total {
  /** Brings the sums together; `value` is valid behind it. */
  readonly store: Stmt;
  /** In both halves: a splat where the lanes are together. */
  readonly value: (h: 0 | 1) => Expr;
  write(out: Local, index: number): Stmt;
}

export const clear = (pairs: readonly Pair[]): Stmt =>
  pairs.flatMap((pair) => setPair(pair, () => v128.zero));

/**
 * The sum of `chains`, and with the lanes together over halves and lanes, those that hold no example left out where
 * there is a `mask`. Halves go through 32 bytes of `scratch` at `offset`, so that they stay side by side until the end.
 */
export function total(lanes: Lanes, chains: readonly Pair[], { scratch, offset = 0, mask }: {
  readonly scratch: Local;
  readonly offset?: number;
  readonly mask?: Pair;
}): Total {
  const [first, ...others] = chains;
  const gather = others.flatMap((other) => setPair(first, (h) => f32x4.add(get(first[h]), get(other[h]))));
  if (lanes === "apart") {
    return {
      store: gather,
      value: (h) => get(first[h]),
      write: (out, index) => storePair(get(out), first, index * POSITION_BYTES),
    };
  }
  const value = sumLanes(
    f32x4.add(v128.load(get(scratch), offset), v128.load(get(scratch), offset + POSITION_BYTES / 2)),
  );
  return {
    store: [
      ...gather,
      ...(mask ? setPair(first, (h) => v128.and(get(first[h]), get(mask[h]))) : []),
      ...storePair(get(scratch), first, offset),
    ],
    value: () => f32x4.splat(value),
    write: (out, index) => f32.store(get(out), value, 4 * index),
  };
}
