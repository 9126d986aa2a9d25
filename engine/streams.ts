/**
 * Which random word belongs to which draw: the one mapping that all engines share.
 *
 * A draw is a pure function of (seed, stream, index, epoch, channel, draw number), so engines, workers and
 * continued runs draw the same numbers without passing state. Philox's key is (seed, stream), its counter
 * (block, index, epoch, channel); draw number d is word d & 3 of block d >>> 2.
 *
 * | Stream | index | epoch | channel | draw number |
 * | --- | --- | --- | --- | --- |
 * | initialWeights | ordinal of the tensor, in canonical order | 0 | 0 | element |
 * | batchOrder | 0 | 1-based | 0 | the shuffle's i |
 * | augmentation | of the example in the training set | 1-based | ordinal of the operation in the recipe | as the operation says |
 * | dropout | of the example in the training set | 1-based | ordinal among the iteration's `dropout` and `channelDropout` layers | `dropout`: (c·H + h)·W + w in the layer's input; `channelDropout`: c |
 *
 * Part of the engine version: a change here changes every result.
 *
 * @module
 */
import { philox4x32 } from "../random/philox.ts";

/** The streams; the numbers are the second word of Philox's key. */
export const Stream = { initialWeights: 0, batchOrder: 1, augmentation: 2, dropout: 3 } as const;

/** One of the numbers in `Stream`. */
export type Stream = typeof Stream[keyof typeof Stream];

/** Where draws are taken from; each field a uint32. Absent fields are 0. */
export interface DrawPosition {
  readonly seed: number;
  readonly stream: Stream;
  readonly index?: number;
  readonly epoch?: number;
  readonly channel?: number;
}

/** Writes draws 4·block to 4·block + 3 of `position` to `out[0..3]`. */
export function drawBlock(position: DrawPosition, block: number, out: Uint32Array): void {
  const { seed, stream, index = 0, epoch = 0, channel = 0 } = position;
  philox4x32(block, index, epoch, channel, seed, stream, out);
}

const words = new Uint32Array(4);

/** One draw, a uint32. It computes a whole block: take many draws from `drawBlock` or `drawMany`. */
export function draw(position: DrawPosition, drawNumber: number): number {
  drawBlock(position, drawNumber >>> 2, words);
  return words[drawNumber & 3];
}

/** Fills `out` with draws 0, 1, 2, … of `position`. */
export function drawMany(position: DrawPosition, out: Uint32Array): void {
  const { seed, stream, index = 0, epoch = 0, channel = 0 } = position;
  for (let start = 0; start < out.length; start += 4) {
    philox4x32(start >>> 2, index, epoch, channel, seed, stream, words);
    for (let i = 0; i < 4 && start + i < out.length; i++) out[start + i] = words[i];
  }
}

const TWO_TO_24 = 16777216;

/** The word's upper 24 bits as a fraction in [0, 1): exact in float32 and float64. */
export function toUnit(word: number): number {
  return (word >>> 8) / TWO_TO_24;
}

/**
 * What (word >>> 8) must reach for dropout to keep an element: round(p · 2^24), at most 2^24 − 1.
 *
 * So a p that rounds to 1 keeps what draws the largest number, and 2^8 times the threshold is a uint32.
 *
 * @throws {RangeError} If p is not in [0, 1).
 */
export function dropoutThreshold(p: number): number {
  if (!(p >= 0 && p < 1)) {
    throw new RangeError(`Cannot compute a dropout threshold: expected p from 0 to below 1, got ${p}`);
  }
  return Math.min(Math.round(p * TWO_TO_24), TWO_TO_24 - 1);
}

/** Whether dropout with this threshold keeps the element that drew `word`. */
export function isKept(word: number, threshold: number): boolean {
  return (word >>> 8) >= threshold;
}
