/**
 * The order in which an epoch visits the training set.
 *
 * @module
 */
import { drawMany, Stream } from "./streams.ts";

const TWO_TO_32 = 4294967296;
const LARGEST_COUNT = 1 << 21; // keeps word · count below 2^53, so that the product is exact

/**
 * A permutation of 0 … count − 1; step s of the epoch takes elements s·batchSize and following.
 *
 * Fisher–Yates from the top: for i = count − 1 … 1, element i is swapped with element
 * floor(word_i · (i + 1) / 2^32), where word_i is draw number i. Integers alone, the same everywhere.
 *
 * @throws {RangeError} If `count` is not an integer from 0 to 2^21.
 */
export function epochOrder(count: number, seed: number, epoch: number): Uint32Array {
  if (!(Number.isInteger(count) && count >= 0 && count <= LARGEST_COUNT)) {
    throw new RangeError(
      `Cannot shuffle examples: expected a count from 0 to ${LARGEST_COUNT}, got ${count}`,
    );
  }
  const words = new Uint32Array(count);
  drawMany({ seed, stream: Stream.batchOrder, epoch }, words);
  const order = Uint32Array.from(words, (_, index) => index);
  for (let i = count - 1; i >= 1; i--) {
    const j = Math.floor(words[i] * (i + 1) / TWO_TO_32);
    const swapped = order[i];
    order[i] = order[j];
    order[j] = swapped;
  }
  return order;
}
