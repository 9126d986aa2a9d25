/**
 * Checks that a run folder agrees with itself and with today's iterations, so that a number edited by hand is noticed.
 *
 * @module
 */
import { sha256Hex, weightsDigest } from "../../engine/digest.ts";
import { parseSafetensors } from "../../engine/safetensors.ts";
import type { Iteration } from "../../models/iteration.ts";
import { confusionOf, confusionProblem } from "./confusion.ts";
import { errorsProblem } from "./error_summary.ts";
import { reasonOf } from "../command_line/errors.ts";
import { visible } from "../command_line/quote.ts";
import { configHash, keptWeights } from "./manifest.ts";
import {
  type EpochRow,
  groupByTrial,
  isCompleted,
  judgedEpochs,
  type TimingRow,
  trialKey,
  type TrialRow,
} from "./rows.ts";
import { predictionsPath, type RunRecord, weightsPath } from "./run_record.ts";
import { summarizeTrial } from "./summary.ts";
import { cellsOf } from "./trials_file.ts";
import { readBytesIfThere } from "./whole_files.ts";

/**
 * What is wrong, one line each; empty where nothing is. Whatever reads results asks this first.
 *
 * Every trial that a command which ran to its end set out to train has a row, every row its epochs, predictions and
 * kept weights, and they agree with each other. With `catalog`, today's iterations are those of the results.
 */
export function checkWhole(path: string, record: RunRecord, catalog: readonly Iteration[] = []): string[] {
  const epochs = groupByTrial(record.epochs), kept = keptWeights(record.manifest);
  const timing = groupByTrial(record.timing);
  const counted = groupByTrial(record.confusion ?? []);
  return [
    ...verifyIterations(record, catalog),
    ...verifyPlan(record),
    ...record.trials.flatMap((trial) => verifyTrial(trial, path, epochs.get(trialKey(trial)))),
    ...record.trials.flatMap((trial) => verifyTiming(trial, timing.get(trialKey(trial)))),
    ...record.trials.flatMap((trial) => kept.has(trialKey(trial)) ? verifyKeptWeights(trial, path) : []),
    ...record.trials.flatMap((trial) =>
      verifyConfusion(trial, path, { ...record, confusion: counted.get(trialKey(trial)) })
    ),
    ...verifyErrors(record),
  ].map(visible);
}

/** The rows against the trials that the manifest's commands name. */
function verifyPlan({ manifest, trials, epochs, timing, confusion }: RunRecord): string[] {
  const outcomes = new Map<string, string>();
  for (const { trials: planned, outcome } of manifest.invocations) {
    for (const key of planned) outcomes.set(key, outcome);
  }
  const rows = new Set(trials.map(trialKey));
  const added = verifyOrigin({ manifest, trials });
  // What a command that was interrupted or broke left out is no secret: the manifest says so.
  const dropped = [...outcomes].filter(([key, outcome]) => outcome === "completed" && !rows.has(key))
    .map(([key]) => `${key} has no row in trials.csv, though by manifest.json it was trained to its end`);
  const lists = { "epochs.csv": epochs, "timing.csv": timing, "confusion.csv": confusion ?? [] };
  const strays = Object.entries(lists).flatMap(([file, list]) => {
    const stray = list.find((row) => !rows.has(trialKey(row)) && !isOpen(outcomes.get(trialKey(row))));
    return stray === undefined ? [] : [`${trialKey(stray)} has rows in ${file} and none in trials.csv`];
  });
  return [...dropped, ...added, ...strays];
}

/** Rows that no command of the manifest has trained, or that are there twice. */
export function verifyOrigin({ manifest, trials }: Pick<RunRecord, "manifest" | "trials">): string[] {
  const planned = new Set(manifest.invocations.flatMap((invocation) => invocation.trials));
  const seen = new Set<string>();
  return trials.map(trialKey).flatMap((key) => {
    if (seen.has(key)) return [`${key} has two rows in trials.csv`];
    seen.add(key);
    return planned.has(key)
      ? []
      : [`${key} has a row in trials.csv, though by manifest.json nobody trained it`];
  });
}

/** Whether trials of a command with this outcome may have begun without ending. */
function isOpen(outcome: string | undefined): boolean {
  return outcome !== undefined && outcome !== "completed";
}

function verifyKeptWeights(trial: TrialRow, path: string): string[] {
  if (!isCompleted(trial)) return [];
  const file = weightsPath(trial);
  return readBytesIfThere(path, file) === undefined
    ? [`${file} is missing, though by manifest.json the weights were kept`]
    : [];
}

/** What is wrong with one trial's rows and files; `epochs` are its own. */
export function verifyTrial(trial: TrialRow, path: string, epochs: readonly EpochRow[] = []): string[] {
  return [...verifyRows(trial, epochs), ...verifyFiles(trial, path)];
}

/** What is wrong with a trial's times; `timing` are its own. Digests say nothing of them, so `verify` does without. */
export function verifyTiming(trial: TrialRow, timing: readonly TimingRow[] = []): string[] {
  const other = otherEpochs(trial, timing, "timing.csv");
  if (other !== undefined) return [other];
  const odd = timing.find((row) =>
    ![row.trainSeconds, row.testSeconds, row.trainImagesPerSecond].every((value) => value >= 0)
  );
  return odd === undefined
    ? []
    : [`${trialKey(trial)} epoch ${odd.epoch} has a time or a rate in timing.csv that none can be`];
}

/** Says that a file has not one row for each epoch of a trial; undefined where it has. */
function otherEpochs(
  trial: TrialRow,
  rows: readonly { readonly epoch: number }[],
  file: string,
): string | undefined {
  if (rows.length === trial.epochs && rows.every((row, index) => row.epoch === index + 1)) return undefined;
  const got = rows.map((row) => row.epoch).join(", ") || "none";
  return `${trialKey(trial)} has ${trial.epochs} epochs in trials.csv and ${got} in ${file}`;
}

/** What a trial that has a row lacks, in one word, so that it counts as unfinished; undefined where it is all there. */
export function lackingPart(
  trial: TrialRow,
  path: string,
  options: {
    readonly epochs: readonly EpochRow[];
    readonly timing: readonly TimingRow[];
    readonly keepsWeights: boolean;
  },
): string | undefined {
  if (options.epochs.length < trial.epochs) return "epochs";
  if (options.timing.length < trial.epochs) return "times";
  if (!isCompleted(trial)) return undefined;
  const isThere = (file: string) => (readBytesIfThere(path, file)?.length ?? 0) > 0;
  if (!isThere(predictionsPath(trial))) return "predictions";
  return options.keepsWeights && !isThere(weightsPath(trial)) ? "weights" : undefined;
}

function verifyIterations({ manifest }: RunRecord, catalog: readonly Iteration[]): string[] {
  return manifest.iterations.flatMap((recorded) => {
    const today = catalog.find(({ id }) => id === recorded.id);
    if (today === undefined || configHash(today) === recorded.configHash) return [];
    return [
      `iteration ${recorded.id} has other layers or training than its results: expected SHA-256 ${recorded.configHash}, got ${
        configHash(today)
      }`,
    ];
  });
}

/** What `confusion.csv` says of a trial against its row and its predictions. */
function verifyConfusion(trial: TrialRow, path: string, { manifest, confusion }: RunRecord): string[] {
  const counts = confusionOf(confusion, trial);
  if (counts === undefined) return [];
  const { testImages } = manifest.dataset;
  return [confusionProblem(counts, trial, { folder: path, testImages })].filter((each) => each !== undefined);
}

/** What `errors.csv` says of each iteration against its trials. */
function verifyErrors({ manifest, trials, errors = [] }: RunRecord): string[] {
  const { testImages } = manifest.dataset;
  return [...new Set(errors.map(({ iteration }) => iteration))]
    .map((iteration) => errorsProblem(errors, iteration, { trials, testImages }))
    .filter((problem) => problem !== undefined);
}

/** What a trial can end as. */
const STATUSES: readonly string[] = ["completed", "diverged", "failed"];

/** A trial's row against its epochs. */
function verifyRows(trial: TrialRow, rows: readonly EpochRow[]): string[] {
  const name = trialKey(trial);
  const other = otherEpochs(trial, rows, "epochs.csv");
  if (other !== undefined) return [other];
  if (!STATUSES.includes(trial.status)) {
    return [
      `${name} has the status "${trial.status}" in trials.csv, which is none of ${STATUSES.join(", ")}`,
    ];
  }
  const odd = rows.find((row) =>
    ![row.trainAccuracy, row.validationAccuracy, row.testAccuracy].every((share = 0) =>
      share >= 0 && share <= 1
    ) ||
    ![row.trainLoss, row.validationLoss, row.testLoss, row.learningRate].every((value = 0) =>
      value >= 0 && value < Infinity
    )
  );
  if (odd !== undefined) {
    return [
      `${name} epoch ${odd.epoch} has an accuracy, a loss or a learning rate in epochs.csv that none can be`,
    ];
  }
  if (!isCompleted(trial)) return [];
  const last = rows.at(-1);
  if (last === undefined || trial.parameters === undefined) {
    const what = last === undefined ? "epoch" : "number of parameters";
    return [`${name} is completed in trials.csv, though it has no ${what}`];
  }
  if (judgedEpochs(rows).at(-1)?.row !== last) {
    return [`${name} epoch ${last.epoch} has no accuracy in epochs.csv, though it is the last`];
  }
  const told = cellsOf(trial);
  const derived = cellsOf({
    ...trial,
    ...summarizeTrial(rows),
    weightsDigest: last.weightsDigest,
  });
  return (Object.keys(derived) as (keyof typeof derived)[]).flatMap((column) =>
    derived[column] === told[column] ? [] : [
      `${name} has ${column} ${told[column] ?? "nothing"} in trials.csv and ${
        derived[column] ?? "nothing"
      } by epochs.csv`,
    ]
  );
}

/** A trial's predictions, and its weights where they were kept, against their digests. */
function verifyFiles(trial: TrialRow, path: string): string[] {
  if (!isCompleted(trial)) return [];
  const compare = (file: string, wanted: string | undefined, digest: (bytes: Uint8Array) => string) => {
    let got: string;
    try {
      const bytes = readBytesIfThere(path, file);
      if (bytes === undefined) return file === weightsPath(trial) ? [] : [`${file} is missing`];
      got = digest(bytes);
    } catch (error) {
      return [`cannot read ${file}: ${reasonOf(error)}`];
    }
    return got === wanted ? [] : [`${file} has SHA-256 ${got}, trials.csv says ${wanted}`];
  };
  return [
    ...compare(predictionsPath(trial), trial.predictionsDigest, sha256Hex),
    ...compare(weightsPath(trial), trial.weightsDigest, (bytes) => {
      const floats = parseSafetensors(bytes).tensors.map(({ name, data }) => {
        if (!(data instanceof Float32Array)) throw new TypeError(`expected "${name}" to be float32`);
        return { data };
      });
      return weightsDigest(floats);
    }),
  ];
}
