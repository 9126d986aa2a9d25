/**
 * Reads what a run's page shows: its rows, its predictions, and the test images where this machine has them.
 *
 * @module
 */
import { join } from "node:path";
import { DataError, loadDataset } from "../../../data/dataset.ts";
import { IMAGE_PIXELS } from "../../../data/idx.ts";
import { findMnist } from "../../../data/mnist.ts";
import { sha256Hex } from "../../../engine/digest.ts";
import type { ImageSet } from "../../../engine/engine.ts";
import type { Iteration } from "../../../models/iteration.ts";
import { reasonOf, UsageError } from "../../command_line/errors.ts";
import { formatNumberList } from "../../command_line/format.ts";
import { countConfusion } from "../../run/confusion.ts";
import type { MeasuredEffects } from "../../run/effects.ts";
import { compareRows, isCompleted, trialKey, type TrialRow } from "../../run/rows.ts";
import { predictionsPath, type RunRecord } from "../../run/run_folder.ts";
import { makeReport } from "../report.ts";
import type { PageData } from "./page_data.ts";

/** Test images with the digests of the data set that they are from. */
export interface LoadedTestImages {
  readonly test: ImageSet;
  readonly digests: Readonly<Record<string, string>>;
}

/** Reads all that the page shows; what is missing is said on the page. */
export async function readPageData(
  folder: string,
  record: RunRecord,
  options: {
    readonly catalog: readonly Iteration[];
    /** The published results, which criteria are derived from. */
    readonly references?: readonly RunRecord[];
    /** What ablations gave, which published causes are judged by. */
    readonly effects?: MeasuredEffects;
    /** Throws a `DataError` where they are not on this machine. */
    readonly loadTestImages: () => Promise<LoadedTestImages>;
    /** Whether a run without its images is an error: somebody said where they are. */
    readonly mustHaveImages?: boolean;
  },
): Promise<PageData> {
  const problems: string[] = [];
  const predictions = new Map<string, Uint8Array>(), missing: TrialRow[] = [];
  for (const trial of record.trials.filter(isCompleted).sort(compareRows)) {
    const digits = readPredictions(folder, trial);
    if (digits === undefined) {
      missing.push(trial);
      continue;
    }
    const problem = predictionsProblem(digits, trial, record);
    if (problem === undefined) predictions.set(trialKey(trial), digits);
    else problems.push(`The predictions of ${trialNames([trial])} are left out: ${problem}.`);
  }
  if (missing.length > 0) {
    problems.push(`The predictions of ${trialNames(missing)} are left out: the folder has no such file.`);
  }
  const test = await readTestImages(record, options, problems);
  const usable = record.trials.filter((trial) => predictions.has(trialKey(trial)));
  const confusion = record.confusion ?? (test && countConfusion(folder, usable, test.labels));
  return {
    report: makeReport(
      confusion === undefined ? record : { ...record, confusion },
      options.catalog,
      { references: options.references, effects: options.effects },
    ),
    record,
    confusion,
    predictions,
    test,
    problems,
  };
}

/** A trial's predictions; undefined where there is no file. */
function readPredictions(folder: string, trial: TrialRow): Uint8Array | undefined {
  const path = join(folder, predictionsPath(trial));
  try {
    return Deno.readFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw new UsageError(`Cannot read "${path}": expected a readable file, got "${reasonOf(error)}"`);
  }
}

/** Why predictions are not those of their trial's row; undefined where they are. */
function predictionsProblem(
  digits: Uint8Array,
  trial: TrialRow,
  { manifest: { dataset } }: RunRecord,
): string | undefined {
  const digest = sha256Hex(digits);
  if (digest !== trial.predictionsDigest) return `expected SHA-256 ${trial.predictionsDigest}, got ${digest}`;
  if (digits.length === dataset.testImages) return undefined;
  return `expected ${dataset.testImages} digits, got ${digits.length}`;
}

/** `iteration 1, seeds 0-2; iteration 3, seed 1`. */
function trialNames(trials: readonly TrialRow[]): string {
  const iterations = [...new Set(trials.map(({ iteration }) => iteration))];
  return iterations.map((iteration) => {
    const seeds = trials.filter((trial) => trial.iteration === iteration).map(({ seed }) => seed);
    return `iteration ${iteration}, ${seeds.length === 1 ? "seed" : "seeds"} ${formatNumberList(seeds)}`;
  }).join("; ");
}

/** The images that the run was tested on, if this machine has just these. */
async function readTestImages(
  { manifest: { dataset } }: RunRecord,
  { loadTestImages, mustHaveImages }: {
    readonly loadTestImages: () => Promise<LoadedTestImages>;
    readonly mustHaveImages?: boolean;
  },
  problems: string[],
): Promise<ImageSet | undefined> {
  let loaded: LoadedTestImages;
  try {
    loaded = await loadTestImages();
  } catch (error) {
    if (mustHaveImages || !(error instanceof DataError)) throw error;
    problems.push(`The test images are left out: ${reasonOf(error)}.`);
    return undefined;
  }
  const { test, digests } = loaded;
  const different = Object.keys(dataset.digests)
    .filter((file) => file.startsWith("t10k"))
    .find((file) => digests[file] !== dataset.digests[file]);
  if (different !== undefined) {
    problems.push(
      `The test images are left out: the run's "${different}" has SHA-256 ${
        dataset.digests[different]
      }, the one found ${digests[different]}.`,
    );
    return undefined;
  }
  return {
    images: test.images.subarray(0, dataset.testImages * IMAGE_PIXELS),
    labels: test.labels.subarray(0, dataset.testImages),
  };
}

/** MNIST as found on this machine, or the digits that the project draws. */
export async function loadTestImages({ manifest }: RunRecord, dir?: string): Promise<LoadedTestImages> {
  const { name, trainImages, testImages } = manifest.dataset;
  if (name === "synthetic") {
    return await loadDataset(name, { trainCount: trainImages, testCount: testImages });
  }
  if (name !== "mnist") {
    throw new DataError(
      dir === undefined
        ? `a page shows MNIST's and drawn ones, not those of "${name}"`
        : `Cannot show test images: expected a run on mnist or synthetic, got one on "${name}"; leave out --data`,
    );
  }
  const options = { dir, mnistDirEnv: dir === undefined ? Deno.env.get("MNIST_DIR") : undefined };
  if (await findMnist(options) === undefined) {
    throw new DataError(
      "MNIST was not found on this machine; `deno task bench` downloads it, --data names its folder",
    );
  }
  return await loadDataset("mnist", options);
}
