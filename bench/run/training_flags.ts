/**
 * The flags that every command has that trains: which seeds, on what, with what, and where the results go.
 *
 * @module
 */
import { TENSORFLOW_BACKENDS } from "../../engine/tensorflow/messages.ts";
import { UsageError } from "../command_line/errors.ts";
import { datasetNeeds, joinNeeds, type Needs, type Place } from "../command_line/needs.ts";
import {
  EPOCH_LIMITS,
  readChoice,
  readNumberList,
  readWholeNumber,
  SEED_LIMITS,
  workerLimits,
} from "../command_line/values.ts";
import { readDataset } from "./dataset_name.ts";
import { type BenchOptions, DEFAULT_OPTIONS, ENGINES, QUICK_EPOCHS } from "./options.ts";

/** The flags' syntax, for a command to have among its own. */
export const TRAINING_FLAGS = {
  seeds: "text",
  epochs: "text",
  engine: "text",
  "tf-backend": "text",
  workers: "text",
  data: "path",
  dataset: "pathOrName",
  validate: "switch",
  out: "path",
  quick: "switch",
} as const;

/** Most seeds that `--trials` and `--seeds fresh` stand for. */
export const MOST_SEEDS = 10_000;

/** A command's flags, these among them. */
interface GivenFlags {
  get(flag: keyof typeof TRAINING_FLAGS): string | undefined;
  has(flag: keyof typeof TRAINING_FLAGS): boolean;
}

/** What the flags say. */
export type TrainingOptions = Pick<
  BenchOptions,
  | "seeds"
  | "freshSeeds"
  | "epochs"
  | "engine"
  | "tfBackend"
  | "workers"
  | "data"
  | "dataset"
  | "validate"
  | "out"
  | "quick"
>;

/**
 * Reads the flags.
 *
 * @throws {UsageError} If a value is not one that its flag takes, or two flags contradict each other.
 */
export function readTrainingFlags(flags: GivenFlags): TrainingOptions {
  const quick = flags.has("quick");
  const dataset = readDataset(flags.get("dataset"), flags.has("data"));
  const engine = readChoice("--engine", flags.get("engine"), ENGINES) ?? DEFAULT_OPTIONS.engine;
  const tfBackend = readChoice("--tf-backend", flags.get("tf-backend"), TENSORFLOW_BACKENDS);
  if (tfBackend !== undefined && engine !== "tensorflow") {
    throw new UsageError(
      `Cannot use --tf-backend: expected --engine tensorflow with it, got "${engine}"; leave it out`,
    );
  }
  const fresh = flags.get("seeds")?.match(/^fresh:(.*)$/s);
  return {
    seeds: fresh ? [] : readNumberList("--seeds", flags.get("seeds"), {
      ...SEED_LIMITS,
      example: `"0-4", "0,2,7" or "fresh:5"`,
    }),
    freshSeeds: readWholeNumber("--seeds fresh:N", fresh?.[1], { least: 1, most: MOST_SEEDS }),
    epochs: readWholeNumber("--epochs", flags.get("epochs"), EPOCH_LIMITS) ??
      (quick ? QUICK_EPOCHS : undefined),
    engine,
    tfBackend,
    workers: readWholeNumber("--workers", flags.get("workers"), workerLimits()),
    data: flags.get("data"),
    dataset,
    validate: flags.has("validate"),
    out: flags.get("out"),
    quick,
  };
}

/** What training with these options takes, results in `out`, and `read` beside it. */
export function trainingNeeds(
  options: TrainingOptions,
  place: Place,
  { out, read = [] }: { readonly out: string; readonly read?: readonly string[] },
): Needs {
  return joinNeeds(
    {
      write: [out],
      read: [out, ...read],
      sys: ["cpus", "hostname", "osRelease"],
      trains: true,
      recordsCommit: true,
    },
    datasetNeeds(options, place),
    { startsDeno: options.engine === "tensorflow" },
  );
}
