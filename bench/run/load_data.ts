/**
 * The data that a run trains on, and how recipes fit to a part of it.
 *
 * @module
 */
import type { Dataset } from "../../data/types.ts";
import type { Trial } from "../../engine/engine.ts";
import { shrinkTrainingSet } from "../../engine/training_set.ts";
import { showDownload } from "./download_display.ts";
import { type BenchOptions, QUICK_IMAGES, RECIPE_IMAGES } from "./options.ts";
import type { Validation } from "./manifest.ts";
import { withIterations } from "./plan.ts";
import type { Surroundings } from "./surroundings.ts";
import { firstWriters, isMnistTest, type TestLabels, testLabelsOf } from "./test_labels.ts";
import { type HeldOut, holdOutImages } from "./validation.ts";

type Loading = Pick<Surroundings, "loadDataset" | "loadWriters" | "err" | "now">;

/** A data set, and with `validate` what was held out and stands in its test set's place. */
export type LoadedImages = Omit<HeldOut, "validation"> & { readonly validation?: Validation };

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
  if (!options.validate) return { dataset: takePart(loaded, options) };
  const heldOut = await holdOutImages(
    loaded,
    async (onAbsent) => (await surroundings.loadWriters(options, { onAbsent }))?.train,
  );
  return { ...heldOut, dataset: takePart(heldOut.dataset, options) };
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

/** Labels and writers of the test images that are used; that writers are not known is said. */
export async function loadTestLabels(
  { dataset, validation, writers }: LoadedImages,
  options: BenchOptions,
  surroundings: Pick<Surroundings, "loadWriters" | "err" | "now">,
): Promise<TestLabels> {
  if (validation !== undefined) {
    const { labels } = dataset.test;
    return { labels, ...(writers && { writers: firstWriters(writers, labels.length) }) };
  }
  if (!isMnistTest(dataset)) return testLabelsOf(dataset, null);
  const { onProgress, stop } = showDownload(surroundings.err, surroundings.now);
  const reasons: string[] = [];
  try {
    const writers = await surroundings.loadWriters(options, {
      onProgress,
      onAbsent: (reason) => reasons.push(reason),
    });
    return testLabelsOf(dataset, writers);
  } finally {
    stop();
    for (const reason of reasons) {
      surroundings.err.write(`warning  the writers of MNIST's images are not known: ${reason}\n`);
    }
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
  return withIterations(trials, (iteration) => ({
    ...iteration,
    training: shrinkTrainingSet(iteration.training, counts),
  }));
}
