/**
 * Everything that a run takes from outside, in one place, so that a test can give it something else.
 *
 * @module
 */
import { type Dataset, type DatasetName, loadDataset, loadIdxFolder } from "../../data/dataset.ts";
import type { DownloadProgress } from "../../data/types.ts";
import { loadWriters, type MnistWriters, type WriterOptions } from "../../data/writers.ts";
import type { Engine } from "../../engine/engine.ts";
import {
  type BrokenFile,
  type IterationName,
  ITERATIONS_FOLDER,
  loadIterations,
  loadNamedIterations,
} from "../../models/catalog.ts";
import type { Iteration } from "../../models/iteration.ts";
import { readLaunchFacts } from "./launch_facts.ts";
import { realStreams, type Streams } from "../command_line/output.ts";
import { createEngine } from "./engines.ts";
import { type Environment, readCommit, readEnvironment } from "./environment.ts";
import { listenForInterrupts, type OnInterrupt, watchParent } from "./interruption.ts";
import { type BenchOptions, DATASETS, QUICK_IMAGES } from "./options.ts";
import { readPublished } from "./published.ts";
import type { RunRecord } from "./run_record.ts";

export interface Surroundings extends Streams {
  /** The project's own iterations; what cannot be used is handed to `onBroken`, and thrown where nobody listens. */
  loadIterations(onBroken?: (broken: BrokenFile) => void): Promise<readonly Iteration[]>;
  /** Those that are named. */
  loadNamedIterations(names: readonly IterationName[]): Promise<readonly Iteration[]>;
  loadDataset(options: BenchOptions, onProgress: DownloadProgress): Promise<Dataset>;
  /** Who wrote MNIST's images; null, after `onAbsent` was told why, where that is not to be had. */
  loadWriters(
    options: BenchOptions,
    callbacks: Pick<WriterOptions, "onAbsent" | "onProgress">,
  ): Promise<MnistWriters | null>;
  createEngine(options: BenchOptions): Promise<Engine>;
  readEnvironment(): Environment;
  /** Milliseconds, never going back. */
  now(): number;
  /** Date and time, for the manifest. */
  date(): Date;
  /** Why the commit, or what differs from it, is not known; undefined where both are. */
  commitProblem(): string | undefined;
  /** Calls back each time that the person interrupts; the function returned stops that. */
  onInterrupt(callback: OnInterrupt): () => void;
  /** The published results, which criteria are derived from. */
  readPublished(): readonly RunRecord[];
  /** Ends the process at once. */
  exit(code: number): void;
}

/** Asked for only where it counts, so that other data needs no permission to read the environment. */
function mnistDirFor({ dataset, data }: BenchOptions): string | undefined {
  return dataset === "qmnist" || (dataset === "mnist" && data === undefined)
    ? Deno.env.get("MNIST_DIR")
    : undefined;
}

/** As many drawn images as a quick run takes, after some are held out. */
function drawnCounts({ validate }: BenchOptions): { trainCount: number; testCount: number } {
  const { train, test } = QUICK_IMAGES;
  return { trainCount: validate ? 2 * (train + test) : train, testCount: test };
}

/** The real ones. */
export function realSurroundings(): Surroundings {
  return {
    loadIterations: (onBroken) => loadIterations(ITERATIONS_FOLDER, onBroken),
    loadNamedIterations: (names) => loadNamedIterations(names),
    loadDataset: (options, onProgress) =>
      DATASETS.includes(options.dataset)
        ? loadDataset(options.dataset as DatasetName, {
          dir: options.data,
          mnistDirEnv: mnistDirFor(options),
          onProgress,
          ...(options.quick ? drawnCounts(options) : {}),
        })
        : loadIdxFolder(options.dataset),
    loadWriters: (options, callbacks) =>
      loadWriters({
        dir: options.data ?? mnistDirFor(options),
        mayDownload: options.data === undefined,
        ...callbacks,
      }),
    createEngine: ({ engine, workers, tfBackend }) => createEngine(engine, { workers, tfBackend }),
    readEnvironment,
    ...realStreams(),
    now: () => performance.now(),
    date: () => new Date(),
    commitProblem: () => readCommit().problem,
    onInterrupt(callback) {
      const stopListening = listenForInterrupts(callback);
      const stopWatching = readLaunchFacts() === undefined ? () => {} : watchParent(() => callback(1));
      return () => {
        stopListening();
        stopWatching();
      };
    },
    readPublished: () => readPublished(),
    exit: (code) => Deno.exit(code),
  };
}
