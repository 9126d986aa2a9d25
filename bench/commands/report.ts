/**
 * Makes a run's `report.html`: `deno task report [RUN]`.
 *
 * @module
 */
import { join } from "node:path";
import { DataError, loadDataset } from "../../data/dataset.ts";
import { findMnist } from "../../data/mnist.ts";
import { sha256Hex } from "../../engine/digest.ts";
import type { ImageSet } from "../../engine/engine.ts";
import { loadIterations } from "../../models/catalog.ts";
import type { Iteration } from "../../models/types.ts";
import { IMAGE_PIXELS } from "../../data/idx.ts";
import { countConfusion } from "../run/confusion.ts";
import { asUsageError, reasonOf, UsageError } from "../command_line/errors.ts";
import { EXIT } from "../command_line/exit_codes.ts";
import { readCommandLine } from "../command_line/flags.ts";
import { formatNumberList } from "../command_line/format.ts";
import { readPublished } from "../report/published_files.ts";
import type { PageData } from "../report/html/page_data.ts";
import { renderPage } from "../report/html/page.ts";
import { makeReport } from "../report/report.ts";
import { readResults } from "../run/results.ts";
import { compareRows, isCompleted, trialKey, type TrialRow } from "../run/rows.ts";
import { predictionsPath, readRunFolder, type RunRecord } from "../run/run_folder.ts";
import { writeWhole } from "../run/whole_files.ts";

const REFERENCE = join("results", "reference");
const RUNS = join("results", "runs");
const PAGE = "report.html";

const HELP = `Makes one page, without scripts and without network, from the results of a run.

Usage: deno task report [RUN] [flags]

  RUN          folder of the run       (default: ${REFERENCE}, else the newest in ${RUNS})
  --out FILE   where the page goes     (default: ${PAGE} in the run's folder)
  --data DIR   folder with the MNIST files     (default: $MNIST_DIR, data/cache/mnist; nothing is downloaded)
  --help       this text

Examples:
  deno task report
  deno task report results/runs/mnist-wasm1 --out report.html
`;

export interface ReportSurroundings {
  /** The project's folder. */
  readonly root: string;
  readonly loadIterations: () => Promise<readonly Iteration[]>;
  /** The test images of the run's data set; throws a `DataError` where they are not on this machine. */
  readonly loadTestImages: (record: RunRecord, dir?: string) => Promise<LoadedTestImages>;
  readonly write: (text: string) => void;
}

/** Test images with the digests of the data set that they are from. */
export interface LoadedTestImages {
  readonly test: ImageSet;
  readonly digests: Readonly<Record<string, string>>;
}

/** Runs `deno task report` and returns the exit code: 0, or 2 for a usage or input error. */
export async function main(
  args: readonly string[],
  surroundings: ReportSurroundings = {
    root: ".",
    loadIterations: () => loadIterations(),
    loadTestImages,
    write: (text) => console.log(text),
  },
): Promise<number> {
  const { root, write } = surroundings;
  try {
    const { flags, positionals } = readCommandLine(
      args,
      { out: "string", data: "string", help: "boolean" },
      { positionals: 1 },
    );
    if (flags.has("help")) {
      write(HELP.trimEnd());
      return EXIT.ok;
    }
    const folder = positionals[0] ?? defaultRun(root);
    const record = readResults(folder);
    const catalog = await asUsageError(() => surroundings.loadIterations());
    const data = await readPageData(folder, record, {
      catalog,
      loadTestImages: () => surroundings.loadTestImages(record, flags.get("data")),
    });
    const path = flags.get("out") ?? join(folder, PAGE);
    const page = renderPage(data);
    writePage(path, page);
    for (const problem of data.problems) write(problem);
    write(`${path}: ${Math.ceil(page.length / 1024)} KiB, open it in a browser`);
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    write(`error: ${error.message}`);
    return EXIT.usage;
  }
}

/** The published results, else the run that was worked on last. */
function defaultRun(root: string): string {
  const reference = join(root, REFERENCE), runs = join(root, RUNS);
  if (readPublished(join(reference, "manifest.json")) !== undefined) return reference;
  const newest = folderNames(runs)
    .map((name) => join(runs, name))
    .map((path) => ({ path, start: startOf(path) }))
    .filter(({ start }) => start !== undefined)
    .sort((a, b) => (a.start ?? "") < (b.start ?? "") ? 1 : -1)[0];
  if (newest !== undefined) return newest.path;
  throw new UsageError(
    `Cannot make a report: expected a run in "${reference}" or "${runs}", got none; run \`deno task bench\` first`,
  );
}

function folderNames(path: string): string[] {
  try {
    return [...Deno.readDirSync(path)].filter((entry) => entry.isDirectory).map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw new UsageError(`Cannot read "${path}": expected a readable folder, got "${reasonOf(error)}"`);
  }
}

/** When the last command of a run began; undefined where there is no run to show. */
function startOf(path: string): string | undefined {
  try {
    const record = readRunFolder(path);
    return record === undefined || record.trials.length === 0
      ? undefined
      : record.manifest.invocations.map(({ start }) => start).sort().at(-1) ?? "";
  } catch (error) {
    // A run that is torn is no default; named, it says what is wrong with it.
    if (error instanceof UsageError) return undefined;
    throw error;
  }
}

/** Reads all that the page shows; what is missing is said on the page. */
export async function readPageData(
  folder: string,
  record: RunRecord,
  options: {
    readonly catalog: readonly Iteration[];
    readonly loadTestImages: () => Promise<LoadedTestImages>;
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
  const test = await readTestImages(record, options.loadTestImages, problems);
  const usable = record.trials.filter((trial) => predictions.has(trialKey(trial)));
  const confusion = record.confusion ?? (test && countConfusion(folder, usable, test.labels));
  return {
    report: makeReport(confusion === undefined ? record : { ...record, confusion }, options.catalog),
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
  load: () => Promise<LoadedTestImages>,
  problems: string[],
): Promise<ImageSet | undefined> {
  let loaded: LoadedTestImages;
  try {
    loaded = await load();
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
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
async function loadTestImages({ manifest }: RunRecord, dir?: string): Promise<LoadedTestImages> {
  const { name, trainImages, testImages } = manifest.dataset;
  if (name === "synthetic") {
    return await loadDataset(name, { trainCount: trainImages, testCount: testImages });
  }
  if (name !== "mnist") throw new DataError(`data set "${name}" is not known`);
  const options = { dir, mnistDirEnv: dir === undefined ? Deno.env.get("MNIST_DIR") : undefined };
  if (await findMnist(options) === undefined) {
    throw new DataError(
      "MNIST was not found on this machine; `deno task bench` downloads it, --data names its folder",
    );
  }
  return await loadDataset("mnist", options);
}

function writePage(path: string, page: string): void {
  try {
    writeWhole(path, page);
  } catch (error) {
    throw new UsageError(
      `Cannot write "${path}": expected a place that can be written, got "${
        reasonOf(error)
      }"; choose another --out`,
      { cause: error },
    );
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
