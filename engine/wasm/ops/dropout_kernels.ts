/**
 * Dropout of elements or of whole channels for one slice of eight examples: which are kept is drawn once, and applied
 * to values and gradients alike.
 *
 *   x ← x / (1 − p) where the element's draw is kept, else 0
 *
 * Masks hold a byte for each element (or channel), its bit n for example n. They are drawn from Philox 4×32-10, whose
 * counters hold an example's index in each lane; which word belongs to which element: `engine/streams.ts`. What is the
 * same for all examples is computed once for them (most of the first three rounds: only the second word of a counter
 * is an example's own).
 *
 * @module
 */
import {
  advance,
  type Expr,
  f32x4,
  type FunctionBuilder,
  get,
  I32,
  i32,
  i32x4,
  i64x2,
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
import { HALVES, type Plane, POSITION_BYTES, rowBytes } from "../layout.ts";
import { forEachChannel, forEachPosition } from "../planes.ts";
import { dropoutThreshold, Stream } from "../../streams.ts";

/** What a dropout works on. */
export interface DropoutPlan {
  readonly plane: Plane;
  readonly p: number;
  /** Whether whole channels are dropped. */
  readonly channels: boolean;
  /** Among the network's layers that draw random numbers, from 0. */
  readonly ordinal: number;
}

const ROUNDS = 10;
const MULTIPLIERS = [0xd2511f53, 0xcd9e8d57];
const KEY_STEPS = [0x9e3779b9, 0xbb67ae85];
/** Words of a block. */
const WORDS = 4;

/** Elements of one example that are kept or dropped, each by a draw of its own. */
const drawCount = ({ plane: { channels, height, width }, channels: whole }: DropoutPlan): number =>
  whole ? channels : channels * height * width;

/** Bytes of a slice's masks. */
export const maskBytes = (plan: DropoutPlan): number => WORDS * Math.ceil(drawCount(plan) / WORDS);

/** Philox for eight examples: `block` gives the words of one block, by half and number. */
function philox(
  f: FunctionBuilder,
  { indices, epoch, seed, ordinal }: { indices: Local; epoch: Local; seed: Local; ordinal: number },
): { readonly prepare: Stmt; readonly words: readonly Pair[]; block(number: Local): Stmt } {
  const words = f.pairs(WORDS), [c0, c1, c2, c3] = words;
  const low = f.pairs(2), high = f.pairs(2);
  const multipliers = f.locals(2, V128);
  /** High and low halves of the second round's products of what is an example's own. */
  const ownHigh = f.pair(), ownLow = f.pair();
  const keyOf = (round: number): [Expr, Expr] => [
    i32.add(get(seed), i32.const(Math.imul(round, KEY_STEPS[0]))),
    i32.const(Stream.dropout + Math.imul(round, KEY_STEPS[1])),
  ];
  const [high0, high1] = MULTIPLIERS.map((m) => (a: Expr) => i32.mulHighU(a, i32.const(m)));
  const [low0, low1] = MULTIPLIERS.map((m) => (a: Expr) => i32.mul(a, i32.const(m)));
  const xor = (...parts: Expr[]) => parts.reduce((a, b) => i32.xor(a, b));
  /** Leaves the 64-bit products of `factor` and a multiplier in `low` and `high`. */
  const multiply = (factor: Pair, m: 0 | 1): Stmt => [
    ...setPair(low[m], (h) => i64x2.extmulLowU(get(factor[h]), get(multipliers[m]))),
    ...setPair(high[m], (h) => i64x2.extmulHighU(get(factor[h]), get(multipliers[m]))),
  ];
  const lows = (m: 0 | 1, h: 0 | 1) => v128.shuffle32(get(low[m][h]), get(high[m][h]), [0, 2, 4, 6]);
  const highs = (m: 0 | 1, h: 0 | 1) => v128.shuffle32(get(low[m][h]), get(high[m][h]), [1, 3, 5, 7]);

  const FIRST_WHOLE_ROUND = 3;
  const keys = Array.from({ length: ROUNDS - FIRST_WHOLE_ROUND }, () => f.locals(2, V128));
  const prepare = [
    ...multipliers.map((local, m) =>
      set(local, i32x4.const([MULTIPLIERS[m], MULTIPLIERS[m], MULTIPLIERS[m], MULTIPLIERS[m]]))
    ),
    ...keys.map((pair, i) =>
      keyOf(FIRST_WHOLE_ROUND + i).flatMap((key, k) => set(pair[k], i32x4.splat(key)))
    ),
    setPair(c0, (_, half) =>
      v128.xor(
        i32x4.splat(xor(high1(get(epoch)), keyOf(0)[0])),
        v128.load(get(indices), half),
      )),
    multiply(c0, 0),
    setPair(ownHigh, (h) => highs(0, h)),
    setPair(ownLow, (h) => lows(0, h)),
  ].flat();

  const scalars = f.locals(4, I32), [s0, s1, s2, s3] = scalars, vectors = f.locals(4, V128);
  const block = (number: Local): Stmt =>
    [
      // round 0, but for the first word, which does not depend on the block
      set(s2, xor(high0(get(number)), i32.const(ordinal), keyOf(0)[1])),
      set(s3, low0(get(number))),
      // round 1
      set(s0, xor(high1(get(s2)), low1(get(epoch)), keyOf(1)[0])),
      set(s1, low1(get(s2))),
      set(vectors[2], i32x4.splat(xor(get(s3), keyOf(1)[1]))),
      setPair(c2, (h) => v128.xor(get(ownHigh[h]), get(vectors[2]))),
      // round 2
      set(vectors[0], i32x4.splat(xor(get(s1), keyOf(2)[0]))),
      set(vectors[1], i32x4.splat(xor(high0(get(s0)), keyOf(2)[1]))),
      set(vectors[3], i32x4.splat(low0(get(s0)))),
      multiply(c2, 1),
      setPair(c0, (h) => v128.xor(highs(1, h), get(vectors[0]))),
      setPair(c1, (h) => lows(1, h)),
      setPair(c2, (h) => v128.xor(get(ownLow[h]), get(vectors[1]))),
      setPair(c3, () => get(vectors[3])),
      ...keys.flatMap(([key0, key1]) => [
        multiply(c0, 0),
        multiply(c2, 1),
        setPair(c0, (h) => v128.xor(v128.xor(highs(1, h), get(c1[h])), get(key0))),
        setPair(c1, (h) => lows(1, h)),
        setPair(c2, (h) => v128.xor(v128.xor(highs(0, h), get(c3[h])), get(key1))),
        setPair(c3, (h) => lows(0, h)),
      ]),
    ].flat();
  return { prepare, words, block };
}

/** `name.draw(masks, indices, epoch, seed)`. */
function draw(f: FunctionBuilder, plan: DropoutPlan): void {
  const [masks, indices, epoch, seed] = f.parameters.map((p) => f.parameter(p));
  const { prepare, words, block } = philox(f, { indices, epoch, seed, ordinal: plan.ordinal });
  const number = f.local(I32), counter = f.local(I32), threshold = f.local(V128);
  // (word >>> 8) ≥ t and word ≥ t·2^8 are the same
  const kept = (word: number, h: 0 | 1) => i32x4.bitmask(i32x4.geU(get(words[word][h]), get(threshold)));
  f.emit(
    prepare,
    set(threshold, i32x4.splat(i32.const((dropoutThreshold(plan.p) * 256) | 0))),
    set(number, i32.const(0)),
    repeat(
      counter,
      maskBytes(plan) / WORDS,
      block(number),
      i32.store(
        get(masks),
        words.flatMap((_, word) => [
          i32.shl(kept(word, 0), 8 * word),
          i32.shl(kept(word, 1), 8 * word + WORDS),
        ]).reduce((a, b) => i32.or(a, b)),
      ),
      advance(masks, WORDS),
      advance(number, 1),
    ),
  );
}

/** Elements of a row that are handled in one round. */
const UNROLLED = 4;

/** `name.apply(data, masks)`. */
function apply(f: FunctionBuilder, { plane, p, channels }: DropoutPlan): void {
  const [data, masks] = f.parameters.map((q) => f.parameter(q));
  const factor = f.local(V128), bits = f.pair(), mask = f.local(V128), kept = f.pair(), value = f.pair();
  /** Makes lane masks of the byte at `masks`. */
  const expand = (offset: number): Stmt => [
    ...set(mask, i32x4.splat(i32.load8U(get(masks), offset))),
    ...setPair(kept, (h) => i32x4.eq(v128.and(get(mask), get(bits[h])), get(bits[h]))),
  ];
  const scale = (at: Local, offset: number): Stmt => [
    ...setPair(
      value,
      (h, half) => v128.and(f32x4.mul(v128.load(get(at), offset + half), get(factor)), get(kept[h])),
    ),
    ...storePair(get(at), value, offset),
  ];
  f.emit(
    set(factor, f32x4.const(1 / (1 - p))),
    ...HALVES.map((_, h) => set(bits[h], i32x4.const([1 << 4 * h, 2 << 4 * h, 4 << 4 * h, 8 << 4 * h]))),
    forEachChannel(f, plane.channels, [{ local: data, plane }], ([here]) => {
      if (channels) {
        return [
          ...expand(0),
          ...forEachPosition(f, plane, [here], (offset) => scale(here.local, offset)),
          ...advance(masks, 1),
        ];
      }
      const some = (count: number) =>
        Array.from({ length: count }, (_, i) => [...expand(i), ...scale(here.local, i * POSITION_BYTES)])
          .flat();
      const { height, width } = plane, rounds = Math.floor(width / UNROLLED), rest = width % UNROLLED;
      return repeat(
        f.local(I32),
        height,
        ...(rounds > 0
          ? [repeat(
            f.local(I32),
            rounds,
            some(UNROLLED),
            advance(here.local, UNROLLED * POSITION_BYTES),
            advance(masks, UNROLLED),
          )]
          : []),
        some(rest),
        advance(here.local, rowBytes(plane) - rounds * UNROLLED * POSITION_BYTES),
        advance(masks, rest),
      );
    }),
  );
}

/**
 * Adds to a module:
 *
 * - `name.draw(masks, indices, epoch, seed)`: `maskBytes` of masks; `indices` points to the eight examples' places in
 *   the training set, uint32
 * - `name.apply(data, masks)`: to values or gradients, in place
 */
export function dropoutKernels(module: ModuleBuilder, name: string, plan: DropoutPlan): void {
  module.function(`${name}.draw`, ["masks", "indices", "epoch", "seed"], (f) => draw(f, plan));
  module.function(`${name}.apply`, ["data", "masks"], (f) => apply(f, plan));
}
