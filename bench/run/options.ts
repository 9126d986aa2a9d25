/**
 * What a benchmark run can be asked to do.
 *
 * @module
 */
import type { Shard } from "../command_line/values.ts";
import { DATASET_NAMES } from "../../data/types.ts";
import type { IterationName } from "../../models/catalog.ts";
import type { TensorflowBackend } from "../../engine/tensorflow/messages.ts";

/** Engines that `--engine` names; `auto` is `webgpu` where there is a real GPU, else `wasm`. */
export const ENGINES = ["auto", "webgpu", "wasm", "tensorflow"] as const;
export type EngineChoice = typeof ENGINES[number];

/** Engines that a plan may name: those whose bits can be held against each other. */
export const PLANNED_ENGINES = ["wasm", "webgpu"] as const;
export type PlannedEngine = typeof PLANNED_ENGINES[number];

/** Data sets that `--dataset` names; it can name a folder as well. */
export const DATASETS: readonly string[] = DATASET_NAMES;

/** Of which trials `--weights` keeps the trained weights: none, each iteration's lowest seed, all. */
export const WEIGHTS = ["none", "first", "all"] as const;
export type WeightsChoice = typeof WEIGHTS[number];

const QUICK_SEEDS = [0];
const CPU_SEEDS = [0, 1, 2];
/** A GPU trains them side by side. */
const GPU_SEEDS = Array.from({ length: 25 }, (_, seed) => seed);

/** The seeds of a run that names none. */
export function defaultSeeds({ quick, onGpu }: { quick: boolean; onGpu: boolean }): readonly number[] {
  return quick ? QUICK_SEEDS : onGpu ? GPU_SEEDS : CPU_SEEDS;
}

/** Epochs of a `--quick` trial unless `--epochs` says otherwise. */
export const QUICK_EPOCHS = 2;

/** What the name of a folder says where trials are not trained in their whole length; empty where they are. */
export function lengthSuffix(
  { quick, epochs }: { readonly quick: boolean; readonly epochs?: number },
): string {
  const stops = epochs !== undefined && !(quick && epochs === QUICK_EPOCHS);
  return `${quick ? "-quick" : ""}${stops ? `-epochs-${epochs}` : ""}`;
}

/** Images that `--quick` takes from the start of each set. */
export const QUICK_IMAGES = { train: 4096, test: 2000 } as const;
/** Training images that recipes are written for, as MNIST has them. */
export const RECIPE_IMAGES = 60_000;

/** What a run is asked to do. */
export interface BenchOptions {
  /** Numbers of the project's iterations and of the field, and files anywhere; absent for all of the project's. */
  readonly iterations?: readonly IterationName[];
  /** uint32, ascending; one that is named twice is trained once. Absent for `defaultSeeds`. */
  readonly seeds?: readonly number[];
  /** Train so many seeds that the commit gives, instead of `seeds`. */
  readonly freshSeeds?: number;
  /** The commit that gives them; absent for what is checked out. */
  readonly freshFrom?: string;
  /** Stop after so many epochs; absent for each iteration's own length. */
  readonly epochs?: number;
  readonly engine: EngineChoice;
  /** What TensorFlow.js computes with; absent for the best native backend. */
  readonly tfBackend?: TensorflowBackend;
  /** Absent for one per core. */
  readonly workers?: number;
  /** Folder in which the data set lies. */
  readonly data?: string;
  /** One of `DATASETS`, or a folder with four IDX files. */
  readonly dataset: string;
  /** Hold training images out by writer, measure on those, and never evaluate the test set. */
  readonly validate: boolean;
  /** Neither show nor keep figures of the test set before a trial's last epoch. */
  readonly testAtEnd: boolean;
  /** Train one seed of everything and then the next, instead of all seeds of an iteration. */
  readonly seedBySeed: boolean;
  /** Folder for the results; absent for one named after data set and engine. */
  readonly out?: string;
  /** Whether `out` holds a folder for each engine, named as it, into which the results go. */
  readonly outByEngine: boolean;
  readonly quick: boolean;
  /** Whether a failed criterion is an exit code. */
  readonly assert: boolean;
  readonly json: boolean;
  readonly weights: WeightsChoice;
  /** A plan's file: `iterations` and `seeds` then choose from it, and it decides all that changes bits. */
  readonly plan?: string;
  /** The part of the plan to train; absent for all of it. */
  readonly shard?: Shard;
}

/** What is done where nothing else is asked for. */
export const DEFAULT_OPTIONS: BenchOptions = {
  engine: "auto",
  dataset: "mnist",
  validate: false,
  testAtEnd: false,
  seedBySeed: false,
  outByEngine: false,
  quick: false,
  assert: true,
  json: false,
  weights: "first",
};
