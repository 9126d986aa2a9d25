/**
 * What is known of a run's test images besides their pixels: labels, writers, and whose label people doubt.
 *
 * @module
 */
import { loadDataset, loadIdxFolder } from "../../data/dataset.ts";
import { findMnist, MNIST_FILES } from "../../data/mnist.ts";
import { MNIST_LABEL_ERRORS } from "../../data/mnist_label_errors.ts";
import {
  DataError,
  type Dataset,
  DATASET_NAMES,
  type DownloadProgress,
  IDX_FILES,
} from "../../data/types.ts";
import { type ImageWriters, loadWriters, type MnistWriters } from "../../data/writers.ts";
import type { RunIdentity, Validation } from "./manifest.ts";
import { holdOutImages } from "./validation.ts";

/** Of each test image that a run was tested on, in order. */
export interface TestLabels {
  readonly labels: Uint8Array;
  /** `MISSING_WRITERS` where they could not be had; absent where the data set has none on record. */
  readonly writers?: ImageWriters | typeof MISSING_WRITERS;
  /** Images whose label people doubt; absent where nobody has asked. */
  readonly doubted?: readonly number[];
}

/** Stands for writers that are on record, but neither on this machine nor to be downloaded. */
export const MISSING_WRITERS = "missing";

/** Where to look, and whom to tell what is absent. */
export interface TestLabelOptions {
  /** The value of `--data`. */
  readonly data?: string;
  readonly mayDownload: boolean;
  /** The run's, where its accuracies are of held-out training images. */
  readonly validation?: Validation;
  /** Told in a sentence that the writers are not known, and why. */
  readonly onAbsent: (sentence: string) => void;
  readonly onProgress?: DownloadProgress;
}

/**
 * Labels and writers of the test images of `dataset`.
 *
 * @throws {DataError} If the data set cannot be had, or its files are others than the run's.
 */
export async function loadTestLabels(
  dataset: RunIdentity["dataset"],
  { data, mayDownload, validation, onAbsent, onProgress }: TestLabelOptions,
): Promise<TestLabels> {
  const { testImages } = dataset;
  const mnistDirEnv = mnistDirOf(dataset.name, data);
  const loaded = await loadOf(dataset, { data, onProgress });
  const different = Object.keys(dataset.digests).find((file) =>
    (validation !== undefined || file.startsWith("t10k")) &&
    loaded.digests[file] !== dataset.digests[file]
  );
  if (different !== undefined) {
    throw new DataError(
      `Cannot use the test labels: expected "${different}" with SHA-256 ${
        dataset.digests[different]
      } as in the run, ` +
        `got ${loaded.digests[different]}; pass the --data that was used`,
    );
  }
  if (validation !== undefined) {
    const heldOut = await holdOutImages(
      loaded,
      async (reasonFor) =>
        (await loadWriters({ dir: data ?? mnistDirEnv, mayDownload, onAbsent: reasonFor, onProgress }))
          ?.train,
    );
    if (heldOut.validation.digest !== validation.digest) {
      throw new DataError(
        `Cannot use the held-out images: expected those with SHA-256 ${validation.digest} as in the run, got ${heldOut.validation.digest}; train again`,
      );
    }
    return { labels: heldOut.dataset.test.labels, writers: heldOut.writers };
  }
  const labels = loaded.test.labels.subarray(0, testImages);
  const writers = isMnistTest(loaded)
    ? await loadWriters({
      dir: data ?? mnistDirEnv,
      mayDownload: mayDownload && data === undefined,
      onAbsent: (reason) => onAbsent(`The writers of MNIST's images are not known: ${reason}.`),
      onProgress,
    })
    : null;
  return testLabelsOf({ ...loaded, test: { ...loaded.test, labels } }, writers);
}

async function loadOf(
  { name: given, trainImages, testImages }: RunIdentity["dataset"],
  { data, onProgress }: Pick<TestLabelOptions, "data" | "onProgress">,
): Promise<Dataset> {
  const name = DATASET_NAMES.find((each) => each === given);
  if (name !== undefined) {
    return await loadDataset(name, {
      dir: data,
      mnistDirEnv: mnistDirOf(name, data),
      onProgress,
      ...(name === "synthetic" ? { trainCount: trainImages, testCount: testImages } : {}),
    });
  }
  if (data !== undefined) return await loadIdxFolder(data);
  throw new DataError(
    `Cannot load the test labels: expected one of ${
      DATASET_NAMES.join(", ")
    }, got "${given}"; pass --data with its folder`,
  );
}

function mnistDirOf(name: string, data: string | undefined): string | undefined {
  return data === undefined && (name === "mnist" || name === "qmnist")
    ? Deno.env.get("MNIST_DIR")
    : undefined;
}

/** The test labels with their writers where both are on this machine; else why not, in words. */
export async function findTestLabels(dataset: RunIdentity["dataset"]): Promise<TestLabels | string> {
  let absence: string | undefined;
  const mnistDirEnv = dataset.name === "mnist" ? Deno.env.get("MNIST_DIR") : undefined;
  if (dataset.name === "mnist" && await findMnist({ mnistDirEnv }) === undefined) {
    return "MNIST was not found on this machine";
  }
  const test = await loadTestLabels(dataset, {
    mayDownload: false,
    onAbsent: (sentence) => absence = sentence,
  });
  return absence ?? test;
}

/** Whether test images are MNIST's, whatever the data set is called. */
export function isMnistTest({ digests }: Pick<Dataset, "digests">): boolean {
  return digests[IDX_FILES.testLabels] === MNIST_FILES.testLabels.sha256 &&
    digests[IDX_FILES.testImages] === MNIST_FILES.testImages.sha256;
}

/** What is known of a data set's test images; `writers` are MNIST's, null where they could not be had. */
export function testLabelsOf(
  dataset: Pick<Dataset, "name" | "digests" | "test">,
  writers: MnistWriters | null,
): TestLabels {
  const { labels } = dataset.test;
  // QMNIST's own images have writers too, who are not read here
  if (dataset.name === "qmnist") return { labels, writers: MISSING_WRITERS };
  if (!isMnistTest(dataset)) return { labels };
  return {
    labels,
    writers: writers === null ? MISSING_WRITERS : firstWriters(writers.test, labels.length),
    doubted: MNIST_LABEL_ERRORS.map(({ index }) => index).filter((index) => index < labels.length),
  };
}

export function firstWriters({ writer, series, label }: ImageWriters, count: number): ImageWriters {
  return {
    writer: writer.subarray(0, count),
    series: series.subarray(0, count),
    label: label.subarray(0, count),
  };
}
