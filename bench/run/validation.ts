/**
 * Runs that choose: accuracies are of held-out training images by other writers, and the test set is never evaluated.
 *
 * The engine is given the held-out images twice, at the end of the training set and in the place of the test set: so
 * it evaluates them every epoch and makes its predictions of them, and it never has the test set at all.
 *
 * @module
 */
import { DataError, type Dataset } from "../../data/types.ts";
import { holdOut, splitForValidation } from "../../data/validation_split.ts";
import type { ImageWriters } from "../../data/writers.ts";
import type { EpochResult, ImageSet, Trial } from "../../engine/engine.ts";
import type { Validation } from "./manifest.ts";
import { withIterations } from "./plan.ts";

/** Data sets whose training images are MNIST's, and so are their writers. */
const WRITTEN: readonly string[] = ["mnist", "qmnist"];

/** A data set without its test set, and what was put there instead. */
export interface HeldOut {
  readonly dataset: Dataset;
  readonly validation: Validation;
  /** Of the held-out images; absent where nobody knows. */
  readonly writers?: ImageWriters;
}

/**
 * Holds training images out, by writer where there are writers.
 *
 * @throws {DataError} If the images have writers and `findWriters` does not know them: no other split would do.
 */
export async function holdOutImages(
  dataset: Dataset,
  findWriters: (onAbsent: (reason: string) => void) => Promise<ImageWriters | undefined>,
): Promise<HeldOut> {
  let absent = "no such file";
  const writers = WRITTEN.includes(dataset.name) ? await findWriters((reason) => absent = reason) : null;
  if (writers === undefined) {
    throw new DataError(
      `Cannot hold out training images by writer: expected QMNIST's labels, which name the writers, got none (${absent}); put both files into "data/cache/qmnist"`,
    );
  }
  const split = splitForValidation(dataset.train.labels.length, writers);
  return {
    dataset: holdOut(dataset, split),
    validation: { images: split.images.length, writers: split.writers, digest: split.digest },
    ...(writers === null ? {} : { writers: writersOf(writers, split.images) }),
  };
}

function writersOf({ writer, series, label }: ImageWriters, images: Uint32Array): ImageWriters {
  return {
    writer: Uint16Array.from(images, (image) => writer[image]),
    series: Uint8Array.from(images, (image) => series[image]),
    label: Uint8Array.from(images, (image) => label[image]),
  };
}

/** What an engine is given. */
export interface EngineInput {
  readonly train: ImageSet;
  readonly test: ImageSet;
  readonly trials: readonly Trial[];
}

/** Trials whose recipes hold the validation images out. */
export function holdingOut({ train, test }: Dataset, trials: readonly Trial[]): Trial[] {
  return withIterations(trials, (iteration) => {
    const { trainCount = Infinity } = iteration.training;
    const training = {
      ...iteration.training,
      trainCount: Math.min(trainCount, train.labels.length),
      validationCount: test.labels.length,
    };
    return { ...iteration, training };
  });
}

/** The training images with the held-out ones at their end, and trials whose recipes hold those out. */
export function forEngine(dataset: Dataset, trials: readonly Trial[]): EngineInput {
  const { train, test } = dataset;
  return {
    train: { images: joined(train.images, test.images), labels: joined(train.labels, test.labels) },
    test,
    trials: holdingOut(dataset, trials),
  };
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

/** An epoch's result without what the engine measured where the test set should be. */
export function withoutTest(result: EpochResult): EpochResult {
  return { ...result, testLoss: null, testAccuracy: null };
}
