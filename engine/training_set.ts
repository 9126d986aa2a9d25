/**
 * Which images an epoch trains on, and in which batches.
 *
 * @module
 */
import { normOfOneValue } from "../models/batch_of_one.ts";
import type { Graph } from "../models/graph.ts";
import type { CompletedTraining, Training } from "../models/iteration.ts";

/** Places in the training set. */
export interface TrainingSplit {
  /** Trained on are images 0 … trainCount − 1. */
  readonly trainCount: number;
  /** Held out are `validationCount` images from here; none where that is 0. */
  readonly validationStart: number;
  readonly validationCount: number;
}

/**
 * What is trained on and what is held out of `count` training images: the first `trainCount` (all that are not held
 * out, unless the recipe says) and the last `validationCount` (none, unless the recipe says).
 *
 * @throws {RangeError} If the recipe wants more images than there are.
 */
export function splitTrainingSet(
  training: Pick<CompletedTraining, "trainCount" | "validationCount">,
  count: number,
): TrainingSplit {
  const validationCount = training.validationCount ?? 0;
  const trainCount = training.trainCount ?? count - validationCount;
  if (trainCount < 1 || trainCount + validationCount > count) {
    const wanted = training.trainCount === undefined ? "at least 1" : String(trainCount);
    throw new RangeError(
      `Cannot split the training set: expected ${wanted} images to train on and ${validationCount} held out, ` +
        `got ${count} in all; lower "trainCount" or "validationCount"`,
    );
  }
  return { trainCount, validationStart: count - validationCount, validationCount };
}

/**
 * Optimizer updates in an epoch: batches of `batchSize` images, the last one smaller or left out (`dropLast`).
 *
 * @throws {RangeError} If `dropLast` leaves no batch.
 */
export function stepsPerEpoch(
  { batchSize, dropLast }: Pick<CompletedTraining, "batchSize" | "dropLast">,
  trainCount: number,
): number {
  const steps = dropLast ? Math.floor(trainCount / batchSize) : Math.ceil(trainCount / batchSize);
  if (steps < 1) {
    throw new RangeError(
      `Cannot train with "dropLast": expected at least ${batchSize} images, got ${trainCount}; lower "batchSize"`,
    );
  }
  return steps;
}

/**
 * Refuses a last batch of one example where a batch norm would have a single value of each channel in it.
 *
 * @throws {RangeError} If there is such a batch; the message names the layer.
 */
export function checkLastBatch(
  graph: Pick<Graph, "nodes" | "values">,
  training: Pick<CompletedTraining, "batchSize" | "dropLast">,
  trainCount: number,
): void {
  const norm = normOfOneValue(graph, training, trainCount);
  if (norm === undefined) return;
  throw new RangeError(
    `Cannot train on batches of ${training.batchSize}: expected at least 2 examples in every batch, since ` +
      `${norm.label} has one value of a channel in each, got 1 in the last of ${trainCount} images; ` +
      'set "dropLast" or another "batchSize"',
  );
}

/**
 * Images that an epoch trains on, of `count` training images: without those that are held out, and without a last batch
 * that is dropped. For rates and shares; a recipe that wants more images than there are gives at least 1.
 */
export function imagesPerEpoch(
  { trainCount, validationCount = 0, batchSize, dropLast = false }: Training,
  count: number,
): number {
  const trained = Math.min(trainCount ?? Infinity, count - validationCount);
  return Math.max(1, dropLast ? trained - trained % batchSize : trained);
}

/** The batches of an epoch, views of `order` (see `epochOrder`). @throws {RangeError} As `stepsPerEpoch`. */
export function batches(
  training: Pick<CompletedTraining, "batchSize" | "dropLast">,
  order: Uint32Array,
): Uint32Array[] {
  const { batchSize } = training;
  return Array.from(
    { length: stepsPerEpoch(training, order.length) },
    (_, step) => order.subarray(step * batchSize, Math.min(order.length, (step + 1) * batchSize)),
  );
}

/**
 * The recipe for the first `count` of `fullCount` training images, for a trial on fewer images than the recipe was
 * written for: counts shrink in proportion, down to 1.
 */
export function shrinkTrainingSet<T extends Pick<Training, "trainCount" | "validationCount">>(
  training: T,
  { fullCount, count }: { readonly fullCount: number; readonly count: number },
): T {
  const shrink = (images: number | undefined) =>
    images === undefined ? undefined : Math.max(1, Math.floor(images * count / fullCount));
  return {
    ...training,
    trainCount: shrink(training.trainCount),
    validationCount: shrink(training.validationCount),
  };
}
