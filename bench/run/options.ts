/**
 * The command line of `deno task bench`: what can be asked for, and what is said when it cannot.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { TENSORFLOW_BACKENDS, type TensorflowBackend } from "../../engine/tensorflow/messages.ts";
import { UsageError } from "../command_line/errors.ts";
import { readWorkers } from "../command_line/workers.ts";

/** Engines that `--engine` names; `auto` is `webgpu` where there is a real GPU, else `wasm`. */
export const ENGINES = ["auto", "webgpu", "wasm", "tensorflow"] as const;
export type EngineChoice = typeof ENGINES[number];

/** Data sets that `--dataset` names. */
export const DATASETS = ["mnist", "synthetic"] as const;
export type DatasetChoice = typeof DATASETS[number];

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
/** Images that `--quick` takes from the start of each set. */
export const QUICK_IMAGES = { train: 4096, test: 2000 } as const;

const UINT32_MAX = 0xffff_ffff;
const MOST_SEEDS = 10_000;

/** What a run is asked to do. */
export interface BenchOptions {
  /** Iteration numbers, ascending; absent for all. */
  readonly iterations?: readonly number[];
  /** uint32, ascending; one that is named twice is trained once. Absent for `defaultSeeds`. */
  readonly seeds?: readonly number[];
  /** Train so many seeds that the commit gives, instead of `seeds`. */
  readonly freshSeeds?: number;
  /** Stop after so many epochs; absent for each iteration's own length. */
  readonly epochs?: number;
  readonly engine: EngineChoice;
  /** What TensorFlow.js computes with; absent for the best native backend. */
  readonly tfBackend?: TensorflowBackend;
  /** Absent for one per core. */
  readonly workers?: number;
  /** Folder in which the data set lies. */
  readonly data?: string;
  readonly dataset: DatasetChoice;
  /** Folder for the results; absent for one named after data set and engine. */
  readonly out?: string;
  readonly quick: boolean;
  /** Whether a failed criterion is an exit code. */
  readonly assert: boolean;
  readonly json: boolean;
  readonly weights: WeightsChoice;
}

/** What is done where nothing else is asked for. */
export const DEFAULT_OPTIONS: BenchOptions = {
  engine: "auto",
  dataset: "mnist",
  quick: false,
  assert: true,
  json: false,
  weights: "first",
};

const FLAGS = {
  iterations: { type: "string" },
  seeds: { type: "string" },
  trials: { type: "string" },
  epochs: { type: "string" },
  engine: { type: "string" },
  "tf-backend": { type: "string" },
  workers: { type: "string" },
  data: { type: "string" },
  dataset: { type: "string" },
  out: { type: "string" },
  weights: { type: "string" },
  quick: { type: "boolean" },
  "no-assert": { type: "boolean" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;
type Flag = keyof typeof FLAGS;

/** What `--help` prints. */
export const HELP = `Trains the iterations over several seeds, judges them and writes the results.

Usage: deno task bench [flags]

  --iterations LIST   which iterations, such as 1,5 or 1-3                (default: all)
  --seeds LIST        which seeds, such as 0-4 or 0,2,7        (default: 0-2, on a GPU 0-24)
                      or fresh:5 for five that the commit's hash gives
  --trials N          seeds 0 to N-1, instead of --seeds
  --epochs N          stop after N epochs; schedules keep their length    (default: each iteration's own)
  --engine NAME       webgpu (a GPU), wasm (the CPU), tensorflow, or auto:          (default: auto)
                      webgpu where there is a GPU, else wasm
  --tf-backend NAME   with --engine tensorflow: node-gpu, node, webgpu or cpu     (default: the best native)
  --workers N         workers that train, or draw for the GPU             (default: one per core)
  --data DIR          folder with the MNIST files     (default: $MNIST_DIR, data/cache/mnist, or download)
  --dataset NAME      mnist or synthetic                                  (default: mnist)
  --out DIR           folder for the results        (default: results/runs/<data set>-<engine><version>)
  --weights WHICH     keep trained weights: none, first (lowest seed) or all          (default: first)
  --quick             4,096 training and 2,000 test images, seed 0, 2 epochs: a trial of the tool, no result
  --no-assert         exit 0 even where a criterion fails
  --json              one JSON document on standard output, everything else on standard error
  --help              this text

Examples:
  deno task bench                                 all five iterations, seeds 0 to 2, on a GPU 0 to 24
  deno task bench --quick                         from start to table in under a minute
  deno task bench --iterations 5 --seeds 0-9      ten seeds of iteration 5
  deno task bench --iterations 5 --seeds fresh:5  five seeds that nobody picked
  deno task bench --iterations 2 --epochs 5       the first five epochs of iteration 2
  deno task bench --dataset synthetic --quick     without network or MNIST files
  deno task bench --json > run.json               for another program

The same command run again continues what was interrupted or shows what is there; other iterations and seeds
are added to the same folder. A failed trial is tried again, a diverged one stays as it is.

Exit codes: 0 all criteria met, 1 a criterion failed, 2 usage or input error, 130 interrupted.
`;

/**
 * Reads the command line; `"help"` where that is asked for.
 *
 * @throws {UsageError} If a flag is unknown, repeated, contradicts another or has a value that it cannot take.
 */
export function parseOptions(args: readonly string[]): BenchOptions | "help" {
  const given = readFlags(args);
  if (given.has("help")) return "help";
  const text = (flag: Flag) => given.get(flag);
  const quick = given.has("quick");
  if (given.has("seeds") && given.has("trials")) {
    throw new UsageError(`Cannot use --trials: expected either --seeds or --trials, got both; leave one out`);
  }
  const dataset = readChoice("dataset", text("dataset"), DATASETS) ?? DEFAULT_OPTIONS.dataset;
  if (dataset === "synthetic" && given.has("data")) {
    throw new UsageError(
      `Cannot use --data: expected --dataset mnist with it, got "synthetic", which is drawn and not read; leave --data out`,
    );
  }
  const engine = readChoice("engine", text("engine"), ENGINES) ?? DEFAULT_OPTIONS.engine;
  const tfBackend = readChoice("tf-backend", text("tf-backend"), TENSORFLOW_BACKENDS);
  if (tfBackend !== undefined && engine !== "tensorflow") {
    throw new UsageError(
      `Cannot use --tf-backend: expected --engine tensorflow with it, got "${engine}"; leave it out`,
    );
  }
  const trials = readCount("trials", text("trials"), MOST_SEEDS);
  const fresh = given.get("seeds")?.match(/^fresh:(.*)$/s);
  const freshSeeds = readCount("seeds fresh:N", fresh?.[1], MOST_SEEDS);
  const seeds = fresh
    ? []
    : trials !== undefined
    ? Array.from({ length: trials }, (_, seed) => seed)
    : readNumbers("seeds", text("seeds"), {
      least: 0,
      most: UINT32_MAX,
      example: `"0-4", "0,2,7" or "fresh:5"`,
    });
  return {
    iterations: readNumbers("iterations", text("iterations"), {
      least: 1,
      most: 9999,
      example: `"1,5" or "1-3"`,
    }),
    seeds,
    freshSeeds,
    epochs: readCount("epochs", text("epochs"), 100_000) ?? (quick ? QUICK_EPOCHS : undefined),
    engine,
    tfBackend,
    workers: readWorkers(text("workers")),
    data: readFolder("data", text("data")),
    dataset,
    out: readFolder("out", text("out")),
    quick,
    assert: !given.has("no-assert"),
    json: given.has("json"),
    weights: readChoice("weights", text("weights"), WEIGHTS) ?? DEFAULT_OPTIONS.weights,
  };
}

/** Flags with their text; parsed leniently so that the errors can be ours. */
function readFlags(args: readonly string[]): Map<Flag, string> {
  const { tokens } = parseArgs({ args: [...args], options: FLAGS, strict: false, tokens: true });
  const given = new Map<Flag, string>();
  for (const token of tokens) {
    if (token.kind === "option-terminator") continue;
    if (token.kind === "positional") {
      throw new UsageError(
        `Cannot read the command line: expected flags only, got "${token.value}"; see --help`,
      );
    }
    if (!Object.hasOwn(FLAGS, token.name)) {
      const known = Object.keys(FLAGS).map((flag) => `--${flag}`).join(", ");
      throw new UsageError(
        `Cannot read the command line: expected one of ${known}, got "${token.rawName}"; see --help`,
      );
    }
    const flag = token.name as Flag;
    if (FLAGS[flag].type === "boolean") {
      if (token.value !== undefined) {
        throw new UsageError(`Cannot read --${flag}: expected no value, got "${token.value}"`);
      }
    } else if (token.value === undefined || (!token.inlineValue && token.value.startsWith("--"))) {
      throw new UsageError(
        `Cannot read --${flag}: expected a value, got ${
          token.value === undefined ? "none" : `"${token.value}"`
        }; see --help`,
      );
    }
    if (given.has(flag)) {
      throw new UsageError(`Cannot read --${flag}: expected it once, got it twice; leave one out`);
    }
    given.set(flag, token.value ?? "");
  }
  return given;
}

function readChoice<Choice extends string>(
  flag: Flag,
  text: string | undefined,
  choices: readonly Choice[],
): Choice | undefined {
  if (text === undefined) return undefined;
  const choice = choices.find((each) => each === text);
  if (choice === undefined) {
    throw new UsageError(`Cannot use --${flag}: expected one of ${choices.join(", ")}, got "${text}"`);
  }
  return choice;
}

function readCount(flag: Flag | "seeds fresh:N", text: string | undefined, most: number): number | undefined {
  if (text === undefined) return undefined;
  const value = readWhole(text);
  if (value === undefined || value < 1 || value > most) {
    throw new UsageError(`Cannot use --${flag}: expected a whole number from 1 to ${most}, got "${text}"`);
  }
  return value;
}

function readFolder(flag: Flag, text: string | undefined): string | undefined {
  if (text?.trim() === "") {
    throw new UsageError(`Cannot use --${flag}: expected the path of a folder, got "${text}"`);
  }
  return text;
}

/** Numbers and ranges between commas, ascending, as often as they are named. */
function readNumbers(
  flag: Flag,
  text: string | undefined,
  limits: { readonly least: number; readonly most: number; readonly example: string },
): number[] | undefined {
  if (text === undefined) return undefined;
  const { least, most, example } = limits;
  const refuse = (got: string) =>
    new UsageError(
      `Cannot use --${flag}: expected whole numbers from ${least} to ${most} such as ${example}, got ${got}`,
    );
  const numbers: number[] = [];
  for (const part of text.split(",")) {
    const ends = part.trim().match(/^(\d+)(?:-(\d+))?$/);
    if (ends === null) throw refuse(`"${part}"`);
    const first = Number(ends[1]), last = Number(ends[2] ?? ends[1]);
    if (first < least || last > most || last < first) throw refuse(`"${part}"`);
    if (numbers.length + last - first >= MOST_SEEDS) {
      throw refuse(
        `"${part}", ${numbers.length === 0 ? "which is" : "with the others"} more than ${MOST_SEEDS}`,
      );
    }
    for (let value = first; value <= last; value++) numbers.push(value);
  }
  return numbers.sort((a, b) => a - b);
}

function readWhole(text: string): number | undefined {
  return /^\d+$/.test(text) ? Number(text) : undefined;
}
