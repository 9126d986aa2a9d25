/**
 * Trains a recorded trial again and says whether everything comes out the same.
 *
 * The per-epoch digests make any prefix of a trial checkable: one epoch is enough to notice other data, another seed,
 * another recipe or another engine.
 *
 * @module
 */
import type { Dataset } from "../../data/types.ts";
import type { Engine, Trial, TrialEvent } from "../../engine/engine.ts";
import type { Iteration } from "../../models/iteration.ts";
import { validateIteration } from "../../models/validate.ts";
import { asUsageError, reasonOf, UsageError } from "../command_line/errors.ts";
import { EXIT } from "../command_line/exit_codes.ts";
import { formatClock, formatNumberList, plural } from "../command_line/format.ts";
import { recordedDataset } from "../run/dataset_name.ts";
import { fitToPart, loadImages } from "../run/load_data.ts";
import { invocationOf, type RunIdentity } from "../run/manifest.ts";
import { type BenchOptions, DEFAULT_OPTIONS, ENGINES } from "../run/options.ts";
import { Progress } from "../run/progress.ts";
import { showProgress } from "../run/progress_display.ts";
import { readRows } from "../run/results.ts";
import { isTested, trialKey, type TrialRow } from "../run/rows.ts";
import type { RunRecord } from "../run/run_folder.ts";
import type { Surroundings } from "../run/surroundings.ts";
import { forEngine, withoutTest } from "../run/validation.ts";
import {
  differenceOfConditions,
  differenceOfEnd,
  differenceOfEpoch,
  differenceWithin,
  type RecordedTrial,
} from "./row_difference.ts";

/** Which row is checked, and how. */
export interface VerifyOptions {
  readonly iteration: number;
  readonly seed?: number;
  readonly epochs?: number;
  readonly against: string;
  readonly data?: string;
  readonly workers?: number;
  /** One JSON document instead of a line. */
  readonly json: boolean;
}

/** What `verify` takes from outside; `random` gives a number from 0 to below 1. */
export type VerifySurroundings = Surroundings & { readonly random: () => number };

/** Checks a row and returns the exit code. */
export async function verify(options: VerifyOptions, surroundings: VerifySurroundings): Promise<number> {
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
  const conclude = (difference: string | undefined, compared?: string) => {
    const { iteration, seed } = trial;
    const verdict = difference === undefined ? "verified: identical" : `differs: ${difference}`;
    const document = {
      against: options.against,
      iteration,
      seed,
      epochs,
      identical: difference === undefined,
    };
    out.write(`${options.json ? JSON.stringify({ ...document, difference, compared }, null, 2) : verdict}\n`);
    return difference === undefined ? EXIT.ok : EXIT.failed;
  };
  const differs = (difference: string) => conclude(difference);
  const within = differenceWithin(recorded);
  if (within !== undefined) return differs(within);

  const iteration = await chooseIteration(recorded, surroundings);
  const benchOptions = toBenchOptions(options, record.manifest);
  const { dataset, validation } = await loadImages(benchOptions, surroundings);
  const held = record.manifest.validation?.digest;
  if (held !== validation?.digest) {
    return differs(`data: held-out images ${held} in the record, ${validation?.digest} here`);
  }
  const engine = await asUsageError(() => surroundings.createEngine(benchOptions));
  try {
    const conditions = differenceOfConditions(recorded, { iteration, dataset, engine });
    if (conditions !== undefined) return differs(conditions);
    err.write([
      `data     ${dataset.name}: ${dataset.source}`,
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
    conclude(undefined, retrained.compared);
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
  { iteration, seed, against }: VerifyOptions,
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
  const { configHash: _, ...recorded } = record.manifest.iterations.find(ofTrial)!;
  await asUsageError(() => Promise.resolve().then(() => validateIteration(recorded)));
  return recorded;
}

function toBenchOptions(
  options: VerifyOptions,
  { dataset, validation, engine, quick }: RunIdentity,
): BenchOptions {
  const engineName = engine.name.replace(/-unfused$/, "");
  return {
    ...DEFAULT_OPTIONS,
    engine: ENGINES.find((each) => each === engineName) ?? "auto",
    workers: options.workers,
    ...recordedDataset(dataset.name, { data: options.data, task: `verify "${options.against}"` }),
    validate: validation !== undefined,
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
  const { dataset, engine, surroundings: { err, now, onInterrupt, exit } } = parts;
  const isValidation = recorded.record.manifest.validation !== undefined;
  const fitted = fitToPart([trial], recorded.record.manifest);
  const { train, test, trials } = isValidation ? forEngine(dataset, fitted) : { ...dataset, trials: fitted };
  const progress = new Progress(trials, train.labels.length);
  const display = showProgress(progress, [trial], { output: err, now });
  const stop = new AbortController();
  let difference: string | undefined, end: TrialEvent | undefined, interrupted = false;
  const stopListening = onInterrupt((times) => {
    interrupted = true;
    stop.abort();
    if (times === 1) return;
    display.stop();
    err.write("Interrupted again: the row is not verified.\n");
    exit(EXIT.interrupted);
  });
  const onEvent = (given: TrialEvent) => {
    if (stop.signal.aborted) return;
    const event = given.kind === "epoch" && isWithheld(recorded, given.result.epoch)
      ? { ...given, result: withoutTest(given.result) }
      : given;
    progress.apply(event, now());
    display.update(event);
    if (event.kind === "progress") return;
    if (event.kind !== "epoch") end = event;
    if (event.kind === "failed") return;
    difference = differenceOfEvent(recorded, event, { trial, engine });
    if (difference !== undefined) stop.abort();
  };
  try {
    await engine.train(trials, { train, test, onEvent, signal: stop.signal });
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

/** Whether the run did not keep what the engine measured of the test set in an epoch. */
function isWithheld({ record, trial }: RecordedTrial, epoch: number): boolean {
  const row = record.epochs.find((each) => trialKey(each) === trialKey(trial) && each.epoch === epoch);
  return row !== undefined && !isTested(row);
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
