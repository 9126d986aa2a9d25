/**
 * What an epoch of a trial draws on the host: the order of the training set and, for each example in that order, what
 * its augmentation needs.
 *
 * @module
 */
import type { Augmentation } from "../../models/iteration.ts";
import { drawAugmentation } from "../augmentation.ts";
import { epochOrder } from "../batch_order.ts";
import { exampleWords } from "./input.ts";

/** Which epoch of which trial. */
export interface EpochDraw {
  readonly seed: number;
  /** 1-based. */
  readonly epoch: number;
  /** Size of the training set. */
  readonly count: number;
  readonly augmentation: readonly Augmentation[];
}

/** [words,count] as the input kernel reads them: places in the training set, then the words of each operation. */
export function drawEpoch({ seed, epoch, count, augmentation }: EpochDraw): Uint32Array<ArrayBuffer> {
  const order = epochOrder(count, seed, epoch);
  return drawExamples(order, { seed, epoch, augmentation });
}

/** The same for examples that are named. */
export function drawExamples(
  indices: Uint32Array,
  { seed, epoch, augmentation }: Omit<EpochDraw, "count">,
): Uint32Array<ArrayBuffer> {
  const count = indices.length;
  const words = new Uint32Array(exampleWords(augmentation) * count);
  words.set(indices);
  const drawn = new Int32Array(6);
  let at = count;
  augmentation.forEach((operation, ordinal) => {
    let length = 0;
    for (let i = 0; i < count; i++) {
      length = drawAugmentation(operation, ordinal, { seed, epoch, exampleIndex: indices[i] }, drawn);
      for (let word = 0; word < length; word++) words[at + word * count + i] = drawn[word];
    }
    at += length * count;
  });
  return words;
}
