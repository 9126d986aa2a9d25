/**
 * Trains a recorded trial again and says whether everything comes out the same: `deno task verify`.
 *
 * The per-epoch digests make any prefix of a trial checkable: one epoch is enough to notice other data, another seed,
 * another recipe or another engine.
 *
 * @module
 */
import { join } from "node:path";
import { DataError, type Dataset, DATASET_NAMES } from "../../data/types.ts";
import { DeviceError, type Engine, type Trial, type TrialEvent } from "../../engine/engine.ts";
import type { Iteration } from "../../models/types.ts";
import { validateIteration } from "../../models/validate.ts";
import { loadData, takePart } from "../benchmark.ts";
import { asUsageError, reasonOf, UsageError } from "../command_line/errors.ts";
import { EXIT } from "../command_line/exit_codes.ts";
import { readCommandLine, readWholeNumber } from "../command_line/flags.ts";
import { formatClock, formatNumberList, plural } from "../command_line/format.ts";
import { readWorkers } from "../command_line/workers.ts";
import { invocationOf, type RunIdentity } from "../run/manifest.ts";
import { type BenchOptions, DEFAULT_OPTIONS, ENGINES } from "../run/options.ts";
import { Progress } from "../run/progress.ts";
import { showProgress } from "../run/progress_display.ts";
import { readRows } from "../run/results.ts";
import {
  differenceOfConditions,
  differenceOfEnd,
  differenceOfEpoch,
  differenceWithin,
  type RecordedTrial,
} from "../judge/row_difference.ts";
import type { TrialRow } from "../run/rows.ts";
import type { RunRecord } from "../run/run_folder.ts";
import { realSurroundings, type Surroundings } from "../run/surroundings.ts";

const REFERENCE = join("results", "reference");
const UINT32_MAX = 0xffff_ffff;
/** Checked where no row is named: the quickest. */
const DEFAULT_ITERATION = 1;

const FLAGS = {
  iteration: "string",
  seed: "string",
  epochs: "string",
  against: "string",
  data: "string",
  workers: "string",
  help: "boolean",
} as const;

const HELP =
  `Trains a recorded trial again and compares data, configuration, weights of every epoch and predictions.

Usage: deno task verify [ROW] [flags]

  ROW              iteration/seed, such as 5/2, instead of --iteration and --seed
  --iteration N    of which iteration             (default: ${DEFAULT_ITERATION})
  --seed N         which of its trials            (default: one at random)
  --epochs N       only the first N epochs        (default: the whole trial)
  --against DIR    the results                    (default: ${REFERENCE})
  --data DIR       folder with the MNIST files    (default: $MNIST_DIR, data/cache/mnist, or download)
  --workers N      workers that share the trial   (default: one per core)
  --help           this text

Examples:
  deno task verify                     a random trial of iteration 1
  deno task verify 5/2 --epochs 1      the first epoch of iteration 5, seed 2

Prints "verified: identical", or "differs: …" with the first thing that does.
Exit codes: 0 identical, 1 different, 2 usage or input error, 130 interrupted.
`;

interface VerifyOptions {
  readonly iteration?: number;
  readonly seed?: number;
  readonly epochs?: number;
  readonly against: string;
  readonly data?: string;
  readonly workers?: number;
}

/** What `verify` takes from outside; `random` gives a number from 0 to below 1. */
export type VerifySurroundings = Surroundings & { readonly random: () => number };

/** Checks the row that `args` name and returns the exit code. */
export async function main(
  args: readonly string[],
  surroundings: VerifySurroundings = { ...realSurroundings(), random: randomFraction },
): Promise<number> {
  try {
    const options = readOptions(args);
    if (options === "help") {
      surroundings.out.write(HELP);
      return EXIT.ok;
    }
    return await verify(options, surroundings);
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof DataError || error instanceof DeviceError)) {
      throw error;
    }
    surroundings.err.write(`error: ${reasonOf(error)}\n`);
    return EXIT.usage;
  }
}

function randomFraction(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0] / (UINT32_MAX + 1);
}

function readOptions(args: readonly string[]): VerifyOptions | "help" {
  const { flags, positionals: [row] } = readCommandLine(args, FLAGS, { positionals: 1 });
  if (flags.has("help")) return "help";
  let iteration = readWholeNumber("--iteration", flags.get("iteration"), { least: 1, most: 9999 });
  let seed = readWholeNumber("--seed", flags.get("seed"), { least: 0, most: UINT32_MAX });
  if (row !== undefined) {
    const parts = row.match(/^(?:iteration-)?(\d+)(?:\/|-seed-)(\d+)$/);
    if (parts === null) {
      throw new UsageError(`Cannot use the row: expected iteration/seed such as "5/2", got "${row}"`);
    }
    if (iteration !== undefined || seed !== undefined) {
      throw new UsageError(
        `Cannot use the row: expected either "${row}" or --iteration and --seed, got both; leave one out`,
      );
    }
    [iteration, seed] = [Number(parts[1]), Number(parts[2])];
  }
  return {
    iteration,
    seed,
    epochs: readWholeNumber("--epochs", flags.get("epochs"), { least: 1, most: 100_000 }),
    against: flags.get("against") ?? REFERENCE,
    data: flags.get("data"),
    workers: readWorkers(flags.get("workers")),
  };
}

async function verify(options: VerifyOptions, surroundings: VerifySurroundings): Promise<number> {
  const { out, err } = surroundings;
  const record = readRows(options.against);
  const trial = chooseTrial(record, options, surroundings.random);
  const recorded: RecordedTrial = { path: options.against, record, trial };
  const epochs = epochsToTrain(trial, options.epochs);
  err.write(
    `row      ${options.against}, iteration ${trial.iteration} seed ${trial.seed}, ${epochs} of ${
      plural(trial.epochs, "epoch")
    }\n`,
  );
  const differs = (difference: string) => {
    out.write(`differs: ${difference}\n`);
    return EXIT.failed;
  };
  const within = differenceWithin(recorded);
  if (within !== undefined) return differs(within);

  const iteration = await chooseIteration(recorded, surroundings);
  const benchOptions = toBenchOptions(options, record.manifest);
  const dataset = takePart(await loadData(benchOptions, surroundings), record.manifest);
  const engine = await asUsageError(() => surroundings.createEngine(benchOptions));
  try {
    const conditions = differenceOfConditions(recorded, { iteration, dataset, engine });
    if (conditions !== undefined) return differs(conditions);
    err.write([
      `data     ${dataset.name} from ${dataset.source}`,
      `engine   ${engine.name} ${engine.version}: ${engine.device.description}`,
      `         recorded on ${invocationOf(record.manifest, trial)?.device}`,
      "",
    ].join("\n"));
    const startMs = surroundings.now();
    const retrained = await retrain(recorded, { iteration, seed: trial.seed, epochs }, {
      dataset,
      engine,
      surroundings,
    });
    if (retrained === "interrupted") return EXIT.interrupted;
    if (retrained.difference !== undefined) return differs(retrained.difference);
    out.write("verified: identical\n");
    err.write(`         ${retrained.compared}; ${formatClock((surroundings.now() - startMs) / 1000)}\n`);
    return EXIT.ok;
  } finally {
    engine.close();
  }
}

/**
 * The row that is asked for; one at random where several fit.
 *
 * @throws {UsageError} If there is none, or it failed and so has nothing to compare.
 */
function chooseTrial(
  { trials }: RunRecord,
  { iteration = DEFAULT_ITERATION, seed, against }: VerifyOptions,
  random: () => number,
): TrialRow {
  const fitting = trials.filter((trial) =>
    trial.iteration === iteration && (seed === undefined || trial.seed === seed)
  );
  const wanted = fitting.filter(({ status }) => status !== "failed");
  if (wanted.length > 0) return wanted[Math.floor(random() * wanted.length)];
  const row = `iteration ${iteration}${seed === undefined ? "" : ` seed ${seed}`}`;
  if (fitting.length > 0) {
    throw new UsageError(`Cannot verify ${row}: expected a trial with a result, got one that failed`);
  }
  const there = [...new Set(trials.map((trial) => trial.iteration))].sort((a, b) => a - b).map((id) =>
    `${id} (seeds ${
      formatNumberList(trials.filter((trial) => trial.iteration === id).map((trial) => trial.seed))
    })`
  );
  throw new UsageError(
    `Cannot verify ${row}: expected one of the iterations ${
      there.join(", ")
    } in "${against}", got no such row`,
  );
}

/** A trial that diverged did so in the epoch after its last row. */
function epochsToTrain({ status, epochs }: TrialRow, limit = Infinity): number {
  const all = status === "diverged" ? epochs + 1 : epochs;
  return Math.min(all, limit);
}

/** Today's iteration; one that is no longer in the catalog is trained as it was recorded. */
async function chooseIteration(
  { record, trial }: RecordedTrial,
  surroundings: Surroundings,
): Promise<Iteration> {
  const catalog = await asUsageError(() => surroundings.loadIterations());
  const ofTrial = ({ id }: Iteration) => id === trial.iteration;
  const today = catalog.find(ofTrial);
  if (today !== undefined) return today;
  const recorded = record.manifest.iterations.find(ofTrial)!;
  await asUsageError(() => Promise.resolve().then(() => validateIteration(recorded)));
  return recorded;
}

function toBenchOptions(options: VerifyOptions, { dataset, engine, quick }: RunIdentity): BenchOptions {
  const name = DATASET_NAMES.find((each) => each === dataset.name);
  if (name === undefined) {
    throw new UsageError(
      `Cannot verify "${options.against}": expected a data set of ${
        DATASET_NAMES.join(", ")
      }, got "${dataset.name}"`,
    );
  }
  const engineName = engine.name.replace(/-unfused$/, "");
  return {
    ...DEFAULT_OPTIONS,
    engine: ENGINES.find((each) => each === engineName) ?? "auto",
    workers: options.workers,
    data: name === "mnist" ? options.data : undefined,
    dataset: name,
    quick,
  };
}

type Retrained = "interrupted" | { readonly difference?: string; readonly compared: string };

/** Trains until the first difference or the end. */
async function retrain(
  recorded: RecordedTrial,
  trial: Trial,
  parts: { readonly dataset: Dataset; readonly engine: Engine; readonly surroundings: Surroundings },
): Promise<Retrained> {
  const { dataset: { train, test }, engine, surroundings: { err, now, onInterrupt } } = parts;
  const progress = new Progress([trial], train.labels.length);
  const display = showProgress(progress, [trial], { output: err, now });
  const stop = new AbortController();
  let difference: string | undefined, end: TrialEvent | undefined, interrupted = false;
  const stopListening = onInterrupt(() => {
    interrupted = true;
    stop.abort();
  });
  const onEvent = (event: TrialEvent) => {
    if (stop.signal.aborted) return;
    progress.apply(event, now());
    display.update(event);
    if (event.kind === "progress") return;
    if (event.kind !== "epoch") end = event;
    if (event.kind === "failed") return;
    difference = differenceOfEvent(recorded, event, { trial, engine });
    if (difference !== undefined) stop.abort();
  };
  try {
    await engine.train([trial], { train, test, onEvent, signal: stop.signal });
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  } finally {
    display.stop();
    stopListening();
  }
  if (interrupted) return "interrupted";
  if (end?.kind === "failed" || (difference === undefined && end === undefined)) {
    const got = end?.kind === "failed" ? `"${reasonOf(end.message)}"` : "no end";
    throw new UsageError(
      `Cannot verify iteration ${trial.iteration.id} seed ${trial.seed}: expected the trial to end, got ${got}`,
    );
  }
  const whole = trial.epochs >= recorded.trial.epochs;
  const compared = `data, configuration, weights and numbers of ${
    whole ? plural(trial.epochs, "epoch") : `${trial.epochs} of ${plural(recorded.trial.epochs, "epoch")}`
  }${whole && recorded.trial.status === "completed" ? ", and predictions" : ""}`;
  return { difference, compared };
}

function differenceOfEvent(
  recorded: RecordedTrial,
  event: Exclude<TrialEvent, { readonly kind: "progress" | "failed" }>,
  { trial, engine }: { readonly trial: Trial; readonly engine: Engine },
): string | undefined {
  const { status, epochs } = recorded.trial;
  switch (event.kind) {
    case "epoch":
      return differenceOfEpoch(recorded, event.result, engine);
    case "completed":
      // Predictions are made after the last epoch; a prefix ends with others.
      return status === "completed" && trial.epochs === epochs ? differenceOfEnd(recorded, event) : undefined;
    case "diverged":
      return status === "diverged" && event.epoch === epochs + 1
        ? undefined
        : `end: recorded as ${status} after ${
          plural(epochs, "epoch")
        }, here diverged in epoch ${event.epoch}`;
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
