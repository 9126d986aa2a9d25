/**
 * What a run folder holds, and where.
 *
 * @module
 */
import { join } from "node:path";
import { UsageError } from "../command_line/errors.ts";
import { type Columns, parseCsv } from "./csv.ts";
import { type Manifest, parseManifest } from "./manifest.ts";
import {
  CONFUSION_COLUMNS,
  type ConfusionRow,
  EPOCH_COLUMNS,
  type EpochRow,
  ERROR_COLUMNS,
  type ErrorRow,
  TIMING_COLUMNS,
  type TimingRow,
  type TrialId,
  trialKey,
  type TrialRow,
} from "./rows.ts";
import { parseTrials } from "./trials_file.ts";
import { readIfThere } from "./whole_files.ts";

/** What a run folder holds. */
export interface RunRecord {
  readonly manifest: Manifest;
  readonly epochs: readonly EpochRow[];
  readonly trials: readonly TrialRow[];
  readonly timing: readonly TimingRow[];
  /** Absent where nobody has counted them yet. */
  readonly confusion?: readonly ConfusionRow[];
  /** As `confusion`. */
  readonly errors?: readonly ErrorRow[];
}

export const MANIFEST = "manifest.json";
/** In the folder of a search, which holds run folders. */
export const SEARCH_PLAN = "search.json";
/** Derived from predictions and test labels. */
export const CONFUSION = "confusion.csv";
/** Derived from predictions, test labels and their writers. */
export const ERRORS = "errors.csv";

/** Where a trial's predicted digits lie, from the run folder. */
export function predictionsPath(trial: TrialId): string {
  return join("predictions", `${trialKey(trial)}.bin`);
}

/** Where a trial's weights lie, from the run folder. */
export function weightsPath(trial: TrialId): string {
  return join("weights", `${trialKey(trial)}.safetensors`);
}

/**
 * Reads a run folder that nothing is being written to; undefined where there is none.
 *
 * @throws {UsageError} If a file is missing or not what it should be.
 */
export function readRunFolder(path: string): RunRecord | undefined {
  const manifest = readIfThere(join(path, MANIFEST));
  if (manifest === undefined) return undefined;
  const textOf = (file: string) => {
    const text = readIfThere(join(path, file));
    if (text !== undefined) return text;
    throw new UsageError(`Cannot read "${join(path, file)}": expected a file, got none`);
  };
  const rows = <C extends Columns>(columns: C, file: string) =>
    parseCsv(columns, textOf(file), { name: join(path, file) });
  const parsed = parseManifest(manifest, join(path, MANIFEST));
  const confusion = readIfThere(join(path, CONFUSION)), errors = readIfThere(join(path, ERRORS));
  const epochs = rows(EPOCH_COLUMNS, "epochs.csv");
  return {
    manifest: parsed,
    epochs,
    trials: parseTrials(textOf("trials.csv"), parsed, { name: join(path, "trials.csv"), epochs }),
    timing: rows(TIMING_COLUMNS, "timing.csv"),
    ...(confusion === undefined
      ? {}
      : { confusion: parseCsv(CONFUSION_COLUMNS, confusion, { name: join(path, CONFUSION) }) }),
    ...(errors === undefined
      ? {}
      : { errors: parseCsv(ERROR_COLUMNS, errors, { name: join(path, ERRORS) }) }),
  };
}
