/**
 * Checks that a run folder agrees with itself and with today's iterations, so that a number edited by hand is noticed.
 *
 * @module
 */
import { join } from "node:path";
import { sha256Hex, weightsDigest } from "../../engine/digest.ts";
import { parseSafetensors } from "../../engine/safetensors.ts";
import type { Iteration } from "../../models/types.ts";
import { confusionOf, confusionProblem } from "./confusion.ts";
import { reasonOf } from "../command_line/errors.ts";
import { configHash } from "./manifest.ts";
import { isCompleted, trialKey, type TrialRow } from "./rows.ts";
import { predictionsPath, type RunRecord, weightsPath } from "./run_folder.ts";
import { summarizeTrial } from "./summary.ts";

/** What is wrong, one line each; empty where nothing is. */
export function verifyRunFolder(path: string, record: RunRecord, catalog: readonly Iteration[]): string[] {
  return [
    ...verifyIterations(record, catalog),
    ...record.trials.flatMap((trial) => verifyTrial(trial, path, record)),
    ...record.trials.flatMap((trial) => verifyConfusion(trial, path, record)),
  ].map((problem) => `${path}: ${problem}`);
}

/** What is wrong with one trial's rows and files. */
export function verifyTrial(trial: TrialRow, path: string, record: RunRecord): string[] {
  return [...verifyRows(trial, record), ...verifyFiles(trial, path)];
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

/** A trial's row against its epochs. */
function verifyRows(trial: TrialRow, { epochs }: RunRecord): string[] {
  const name = trialKey(trial);
  const rows = epochs.filter((row) => trialKey(row) === name);
  if (rows.length !== trial.epochs || rows.some((row, index) => row.epoch !== index + 1)) {
    return [
      `${name} has ${trial.epochs} epochs in trials.csv and ${
        rows.map((row) => row.epoch).join(", ") || "none"
      } in epochs.csv`,
    ];
  }
  if (!isCompleted(trial)) return [];
  const derived = { ...summarizeTrial(rows), weightsDigest: rows[rows.length - 1].weightsDigest };
  return (Object.keys(derived) as (keyof typeof derived)[]).flatMap((column) =>
    derived[column] === trial[column]
      ? []
      : [`${name} has ${column} ${trial[column]} in trials.csv and ${derived[column]} by epochs.csv`]
  );
}

/** A trial's predictions, and its weights where they were kept, against their digests. */
function verifyFiles(trial: TrialRow, path: string): string[] {
  if (!isCompleted(trial)) return [];
  const compare = (file: string, wanted: string | undefined, digest: (bytes: Uint8Array) => string) => {
    let got: string;
    try {
      got = digest(Deno.readFileSync(join(path, file)));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound && file === weightsPath(trial)) return [];
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
