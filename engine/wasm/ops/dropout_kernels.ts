/**
 * Dropout of elements or of whole channels, in place, for one slice of eight examples.
 *
 *   x ← x / (1 − p) where the element's draw is kept, else 0
 *
 * Masks are drawn from Philox 4×32-10, whose counters hold an example's index in each lane; which word belongs to
 * which element: `engine/streams.ts`. The backward pass is the same function on the gradient: it draws the mask
 * again. Where a value is never below 0 there is a shorter way: an element that is 0 now was dropped, or it was 0 before,
 * and whatever keeps values from going below 0 lets no gradient through there, so `x = 0` serves as the mask.
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
  repeat,
  set,
  setPair,
  type Stmt,
  storePair,
  V128,
  v128,
} from "../assembler.ts";
import {
  channelBytes,
  HALVES,
  imageOffset,
  type Plane,
  POSITION_BYTES,
  rowBytes,
  sliceBytes,
} from "../layout.ts";
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

/** Four Philox words for each of four examples, whose indices are in `indices`, left in `words`. */
function philox(
  f: FunctionBuilder,
  position: { block: Expr; indices: Expr; epoch: Expr; ordinal: number; seed: Local },
  words: Local[],
): Stmt[] {
  const [c0, c1, c2, c3] = words;
  const [low0, high0, low1, high1] = f.locals(4, V128);
  const key = f.locals(2, I32), keys = f.locals(2, V128);
  const multiplier = MULTIPLIERS.map((m) => i32x4.const([m, m, m, m]));
  const lows = (a: Local, b: Local) => v128.shuffle32(get(a), get(b), [0, 2, 4, 6]);
  const highs = (a: Local, b: Local) => v128.shuffle32(get(a), get(b), [1, 3, 5, 7]);
  const statements: Stmt[] = [
    set(c0, i32x4.splat(position.block)),
    set(c1, position.indices),
    set(c2, i32x4.splat(position.epoch)),
    set(c3, i32x4.splat(i32.const(position.ordinal))),
    set(key[0], get(position.seed)),
    set(key[1], i32.const(Stream.dropout)),
  ];
  for (let round = 0; round < ROUNDS; round++) {
    statements.push(
      set(keys[0], i32x4.splat(get(key[0]))),
      set(keys[1], i32x4.splat(get(key[1]))),
      set(low0, i64x2.extmulLowU(get(c0), multiplier[0])),
      set(high0, i64x2.extmulHighU(get(c0), multiplier[0])),
      set(low1, i64x2.extmulLowU(get(c2), multiplier[1])),
      set(high1, i64x2.extmulHighU(get(c2), multiplier[1])),
      set(c0, v128.xor(v128.xor(highs(low1, high1), get(c1)), get(keys[0]))),
      set(c1, lows(low1, high1)),
      set(c2, v128.xor(v128.xor(highs(low0, high0), get(c3)), get(keys[1]))),
      set(c3, lows(low0, high0)),
      ...key.map((k, i) => set(k, i32.add(get(k), i32.const(KEY_STEPS[i])))),
    );
  }
  return statements;
}

/** Byte offsets of an image's elements in the order c, h, w: the table that `name.apply` reads. */
export function elementOffsets(plane: Plane): Int32Array {
  const { channels, height, width } = plane;
  const offsets = new Int32Array(channels * height * width);
  let element = 0;
  for (let c = 0; c < channels; c++) {
    for (let h = 0; h < height; h++) {
      for (let w = 0; w < width; w++) {
        offsets[element++] = imageOffset(plane) + c * channelBytes(plane) + h * rowBytes(plane) +
          w * POSITION_BYTES;
      }
    }
  }
  return offsets;
}

/**
 * Adds `name.gradient(data, gradient)`, for values that are never below 0: both whole planes, surplus included.
 *
 * Adds `name.apply(data, offsets, indices, epoch, seed)` to a module; `indices` points to the eight examples'
 * places in the training set, uint32, `offsets` to `elementOffsets(plane)`.
 */
export function dropoutKernels(module: ModuleBuilder, name: string, plan: DropoutPlan): void {
  const { plane, p, ordinal } = plan;
  const threshold = dropoutThreshold(p);
  // (word >>> 8) ≥ t and word ≥ t·2^8 are the same
  const isKept = (word: Local) => i32x4.geU(get(word), i32x4.splat(i32.const((threshold * 256) | 0)));
  const factor = f32x4.const(1 / (1 - p));
  module.function(`${name}.gradient`, ["data", "gradient"], (f) => {
    const [data, gradient] = f.parameters.map((q) => f.parameter(q));
    const counter = f.local(I32), zero = f.local(V128), result = f.pair();
    f.emit(
      set(zero, v128.zero),
      repeat(
        counter,
        sliceBytes(plane) / POSITION_BYTES,
        setPair(result, (_, half) =>
          v128.and(
            f32x4.mul(v128.load(get(gradient), half), factor),
            f32x4.gt(v128.load(get(data), half), get(zero)),
          )),
        storePair(get(gradient), result),
        advance(data, POSITION_BYTES),
        advance(gradient, POSITION_BYTES),
      ),
    );
  });
  module.function(`${name}.apply`, ["data", "offsets", "indices", "epoch", "seed"], (f) => {
    const [data, offsets, indices, epoch, seed] = f.parameters.map((q) => f.parameter(q));
    const words = f.locals(4, V128), block = f.local(I32), counter = f.local(I32), at = f.local(I32);
    const keep = (to: Local, word: Local, half: number): Stmt =>
      v128.store(
        get(to),
        v128.and(f32x4.mul(v128.load(get(to), half), factor), isKept(word)),
        half,
      );
    const draw = (half: number) =>
      philox(f, {
        block: get(block),
        indices: v128.load(get(indices), half),
        epoch: get(epoch),
        ordinal,
        seed,
      }, words);
    f.emit(set(block, i32.const(0)));
    if (plan.channels) {
      const row = f.local(I32), column = f.local(I32), kept = f.local(V128), channel = f.local(I32);
      f.emit(
        set(data, i32.add(get(data), i32.const(imageOffset(plane)))),
      );
      // channel c draws word c & 3 of block c >> 2
      const channelBody = (word: number): Stmt =>
        HALVES.flatMap((half) =>
          [
            ...draw(half),
            set(kept, isKept(words[word])),
            set(at, get(data)),
            repeat(
              row,
              plane.height,
              repeat(
                column,
                plane.width,
                v128.store(
                  get(at),
                  v128.and(f32x4.mul(v128.load(get(at), half), factor), get(kept)),
                  half,
                ),
                advance(at, POSITION_BYTES),
              ),
              advance(at, rowBytes(plane) - plane.width * POSITION_BYTES),
            ),
          ].flat()
        );
      const bodies = (count: number): Stmt[] =>
        Array.from({ length: count }, (_, word) => [channelBody(word), advance(data, channelBytes(plane))])
          .flat();
      const blocks = Math.floor(plane.channels / 4), rest = plane.channels % 4;
      if (blocks > 0) f.emit(repeat(channel, blocks, ...bodies(4), advance(block, 1)));
      f.emit(...bodies(rest));
      return;
    }
    const elements = plane.channels * plane.height * plane.width;
    const body = (count: number): Stmt[] =>
      HALVES.flatMap((half) => [
        ...draw(half),
        ...Array.from({ length: count }, (_, i) => [
          set(at, i32.add(get(data), i32.load(get(offsets), 4 * i))),
          keep(at, words[i], half),
        ]).flat(),
      ]);
    const blocks = Math.floor(elements / 4), rest = elements % 4;
    if (blocks > 0) f.emit(repeat(counter, blocks, ...body(4), advance(offsets, 16), advance(block, 1)));
    if (rest > 0) f.emit(...body(rest));
  });
}
