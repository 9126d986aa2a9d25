/**
 * The data that a run trains on, and how recipes fit to a part of it.
 *
 * @module
 */
import type { Dataset } from "../../data/types.ts";
import type { ImageWriters, MnistWriters } from "../../data/writers.ts";
import type { Trial } from "../../engine/engine.ts";
import { shrinkTrainingSet } from "../../engine/training_set.ts";
import { showDownload } from "./download_display.ts";
import { type BenchOptions, QUICK_IMAGES, RECIPE_IMAGES } from "./options.ts";
import type { Validation } from "./manifest.ts";
import type { Surroundings } from "./surroundings.ts";
import { heldOutLabels, isMnistTest, type TestLabels, testLabelsOf } from "./test_labels.ts";
import { holdOutImages } from "./validation.ts";

type Loading = Pick<Surroundings, "loadDataset" | "loadWriters" | "err" | "now">;

/** The images that a run works with. */
export interface LoadedImages {
  readonly dataset: Dataset;
  readonly validation?: Validation;
  /** Who wrote the held-out images; absent without `validation`, and where the data set has no writers. */
  readonly heldWriters?: ImageWriters;
}

/**
 * The images that a run works with: with `validate`, held-out training images stand where the test set stood.
 *
 * @throws {DataError} If the data set, or who wrote it where that is needed, cannot be had.
 */
export async function loadImages(
  options: BenchOptions,
  surroundings: Loading,
): Promise<LoadedImages> {
  const loaded = await loadData(options, surroundings);
  if (options.validate) {
    const held = await holdOutImages(
      loaded,
      async (onAbsent) => (await findWriters(options, surroundings, onAbsent))?.train,
    );
    const dataset = takePart(held.dataset, options);
    return { dataset, validation: held.validation, heldWriters: held.writers };
  }
  return { dataset: takePart(loaded, options) };
}

/** What is known of the images that accuracies are of; that writers are not known is said. */
export async function loadTestFacts(
  { dataset, validation, heldWriters }: LoadedImages,
  options: BenchOptions,
  surroundings: Loading,
): Promise<TestLabels> {
  if (validation !== undefined) return heldOutLabels(dataset.test.labels, heldWriters);
  const writers = isMnistTest(dataset)
    ? await findWriters(
      options,
      surroundings,
      (reason) => surroundings.err.write(`warning  the writers of MNIST's images are not known: ${reason}\n`),
    )
    : null;
  return testLabelsOf(dataset, writers);
}

/** The writers of MNIST's images, with a download shown; null, after `onAbsent`, where they are not to be had. */
async function findWriters(
  options: BenchOptions,
  surroundings: Loading,
  onAbsent: (reason: string) => void,
): Promise<MnistWriters | null> {
  const { onProgress, stop } = showDownload(surroundings.err, surroundings.now);
  const reasons: string[] = [];
  try {
    return await surroundings.loadWriters(options, {
      onProgress,
      onAbsent: (reason) => reasons.push(reason),
    });
  } finally {
    stop();
    reasons.forEach(onAbsent);
  }
}

/** Loads the data set that `options` ask for, and shows a download. */
async function loadData(
  options: BenchOptions,
  surroundings: Loading,
): Promise<Dataset> {
  const { onProgress, stop } = showDownload(surroundings.err, surroundings.now);
  try {
    return await surroundings.loadDataset(options, onProgress);
  } finally {
    stop();
  }
}

/** The images that a quick run uses; all of them otherwise. */
export function takePart(
  dataset: Dataset,
  { quick }: { readonly quick: boolean },
): Dataset {
  if (!quick) return dataset;
  const first = ({ images, labels }: Dataset["train"], count: number) => {
    const imageBytes = images.length / labels.length;
    return { images: images.subarray(0, count * imageBytes), labels: labels.subarray(0, count) };
  };
  return {
    ...dataset,
    train: first(dataset.train, QUICK_IMAGES.train),
    test: first(dataset.test, QUICK_IMAGES.test),
  };
}

/** Trials whose recipes hold out and train on the shares of a quick run's images that they name of all images. */
export function fitToPart(
  trials: readonly Trial[],
  { quick }: { readonly quick: boolean },
): readonly Trial[] {
  if (!quick) return trials;
  const counts = { fullCount: RECIPE_IMAGES, count: QUICK_IMAGES.train };
  return trials.map(({ iteration, ...trial }) => ({
    ...trial,
    iteration: { ...iteration, training: shrinkTrainingSet(iteration.training, counts) },
  }));
}
