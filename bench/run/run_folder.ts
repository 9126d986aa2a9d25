/**
 * A run folder: rows are appended as they are measured and survive a crash at any moment.
 *
 * A trial counts once its row is in `trials.csv`, which is written last; rows, predictions and weights of any other
 * trial are dropped when the folder is opened or put in order. In order, every file but `manifest.json` and
 * `timing.csv` depends only on what was trained, not on when or on how many workers.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { NamedTensor } from "../../engine/engine.ts";
import { serializeSafetensors } from "../../engine/safetensors.ts";
import type { Iteration } from "../../models/types.ts";
import { type Columns, formatCsv, formatHeader, formatRows, parseCsv, type RowOf } from "./csv.ts";
import { reasonOf, UsageError } from "../command_line/errors.ts";
import { checkSameRun, formatManifest, type Manifest, parseManifest, type RunIdentity } from "./manifest.ts";
import {
  compareRows,
  CONFUSION_COLUMNS,
  type ConfusionRow,
  EPOCH_COLUMNS,
  type EpochRow,
  TIMING_COLUMNS,
  type TimingRow,
  TRIAL_COLUMNS,
  type TrialId,
  trialKey,
  type TrialRow,
} from "./rows.ts";

/** What a run folder holds. */
export interface RunRecord {
  readonly manifest: Manifest;
  readonly epochs: readonly EpochRow[];
  readonly trials: readonly TrialRow[];
  readonly timing: readonly TimingRow[];
  /** Absent where nobody has counted them yet. */
  readonly confusion?: readonly ConfusionRow[];
}

/** Files that a trial leaves beside its rows. */
export interface TrialArtefacts {
  /** uint8 [N] */
  readonly predictions: Uint8Array;
  /** Saved where given. */
  readonly tensors?: readonly NamedTensor[];
}

const LOCK = ".lock";
const MANIFEST = "manifest.json";
/** Derived from predictions and test labels. */
export const CONFUSION = "confusion.csv";

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
  const rows = <C extends Columns>(columns: C, file: string) => {
    const text = readIfThere(join(path, file));
    if (text === undefined) {
      throw new UsageError(`Cannot read "${join(path, file)}": expected a file, got none`);
    }
    return parseCsv(columns, text, { name: join(path, file) });
  };
  const confusion = readIfThere(join(path, CONFUSION));
  return {
    manifest: parseManifest(manifest, join(path, MANIFEST)),
    epochs: rows(EPOCH_COLUMNS, "epochs.csv"),
    trials: rows(TRIAL_COLUMNS, "trials.csv"),
    timing: rows(TIMING_COLUMNS, "timing.csv"),
    ...(confusion === undefined
      ? {}
      : { confusion: parseCsv(CONFUSION_COLUMNS, confusion, { name: join(path, CONFUSION) }) }),
  };
}

/** A run folder that this process writes to, and no other. */
export class RunFolder {
  private epochRows: EpochRow[] = [];
  private trialRows: TrialRow[] = [];
  private timingRows: TimingRow[] = [];
  private currentManifest: Manifest;
  private readonly lock: Deno.FsFile;

  /**
   * Opens the folder for trials of `fresh`'s identity: makes it, or takes what is there after checking that it is the same.
   *
   * @throws {UsageError} If it cannot be written, is in use, holds something else or a run of another identity.
   */
  constructor(readonly path: string, fresh: Manifest, iterations: readonly Iteration[]) {
    this.lock = this.takeLock();
    try {
      const manifest = readIfThere(join(path, MANIFEST));
      if (manifest === undefined) this.checkEmpty();
      this.currentManifest = manifest === undefined ? fresh : parseManifest(manifest, join(path, MANIFEST));
      checkSameRun(this.currentManifest, fresh satisfies RunIdentity, { folder: path, iterations });
      this.trialRows = this.readRows(TRIAL_COLUMNS, "trials.csv");
      this.epochRows = this.readRows(EPOCH_COLUMNS, "epochs.csv");
      this.timingRows = this.readRows(TIMING_COLUMNS, "timing.csv");
      if (manifest === undefined) this.saveManifest(fresh);
      this.putInOrder();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** What the folder holds now. */
  get record(): RunRecord {
    const { currentManifest: manifest, epochRows: epochs, trialRows: trials, timingRows: timing } = this;
    return { manifest, epochs, trials, timing };
  }

  /** Whether a trial has its result; one that failed may be tried again, one that diverged would diverge again. */
  isFinished(trial: TrialId): boolean {
    return this.trialRows.some((row) => trialKey(row) === trialKey(trial) && row.status !== "failed");
  }

  /** Forgets these trials, so that they can be trained again. */
  discard(trials: readonly TrialId[]): void {
    const keys = new Set(trials.map(trialKey));
    if (!this.trialRows.some((row) => keys.has(trialKey(row)))) return;
    this.trialRows = this.trialRows.filter((row) => !keys.has(trialKey(row)));
    this.putInOrder();
  }

  /** Adds what a trial measured in one epoch. */
  addEpoch(row: EpochRow, timing: TimingRow): void {
    this.epochRows.push(row);
    this.timingRows.push(timing);
    this.append("epochs.csv", formatRows(EPOCH_COLUMNS, [row]));
    this.append("timing.csv", formatRows(TIMING_COLUMNS, [timing]));
  }

  /** Adds a trial that has ended; its files come first, its row last. */
  addTrial(row: TrialRow, artefacts?: TrialArtefacts): void {
    if (artefacts !== undefined) {
      this.write(predictionsPath(row), artefacts.predictions);
      if (artefacts.tensors !== undefined) {
        this.write(
          weightsPath(row),
          serializeSafetensors(artefacts.tensors, {
            iteration: String(row.iteration),
            seed: String(row.seed),
            weightsDigest: row.weightsDigest ?? "",
          }),
        );
      }
    }
    this.trialRows.push(row);
    this.append("trials.csv", formatRows(TRIAL_COLUMNS, [row]));
  }

  /** Drops what belongs to unfinished trials and sorts the rest by iteration, seed and epoch. */
  putInOrder(): void {
    const finished = new Set(this.trialRows.map(trialKey));
    const ordered = <Row extends TrialId>(rows: readonly Row[]) =>
      rows.filter((row) => finished.has(trialKey(row))).sort(compareRows);
    this.trialRows = ordered(this.trialRows);
    this.epochRows = ordered(this.epochRows);
    this.timingRows = ordered(this.timingRows);
    this.replace("trials.csv", formatCsv(TRIAL_COLUMNS, this.trialRows));
    this.replace("epochs.csv", formatCsv(EPOCH_COLUMNS, this.epochRows));
    this.replace("timing.csv", formatCsv(TIMING_COLUMNS, this.timingRows));
    const completed = new Set(this.trialRows.filter((row) => row.status === "completed").map(trialKey));
    this.removeStrays("predictions", ".bin", completed);
    this.removeStrays("weights", ".safetensors", completed);
  }

  saveManifest(manifest: Manifest): void {
    this.currentManifest = manifest;
    this.replace(MANIFEST, formatManifest(manifest));
  }

  /** Writes a report; a file that would not change is left alone. */
  saveReport(file: string, text: string): void {
    this.replace(file, text);
  }

  /** Lets other processes have the folder. */
  close(): void {
    this.lock.close();
    try {
      Deno.removeSync(join(this.path, LOCK));
    } catch {
      // Another process may have it already; an empty file left behind harms nothing.
    }
  }

  private takeLock(): Deno.FsFile {
    const lock = this.writing(() => {
      Deno.mkdirSync(this.path, { recursive: true });
      return Deno.openSync(join(this.path, LOCK), { create: true, write: true });
    });
    if (!lock.tryLockSync(true)) {
      lock.close();
      throw new UsageError(
        `Cannot write to "${this.path}": expected a folder that nothing else writes to, got one in use by another run; wait for it or choose another --out`,
      );
    }
    return lock;
  }

  private checkEmpty(): void {
    const stranger = [...Deno.readDirSync(this.path)].find(({ name }) =>
      name !== LOCK && !name.endsWith(".tmp")
    );
    if (stranger !== undefined) {
      throw new UsageError(
        `Cannot write to "${this.path}": expected an empty folder or one with "${MANIFEST}", got "${stranger.name}" in it; choose another --out`,
      );
    }
  }

  private readRows<C extends Columns>(columns: C, file: string): RowOf<C>[] {
    const name = join(this.path, file);
    return parseCsv(columns, readIfThere(name) ?? formatHeader(columns), { name, repair: true });
  }

  private append(file: string, text: string): void {
    this.writing(() => Deno.writeTextFileSync(join(this.path, file), text, { append: true }));
  }

  private replace(file: string, text: string): void {
    replaceFile(this.path, file, text);
  }

  /** Writes a whole file or none of it. */
  private write(file: string, bytes: Uint8Array): void {
    this.writing(() => writeWhole(join(this.path, file), bytes));
  }

  private removeStrays(folder: string, extension: string, keep: ReadonlySet<string>): void {
    let names: string[];
    try {
      names = [...Deno.readDirSync(join(this.path, folder))].map((entry) => entry.name);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return;
      throw error;
    }
    const ours = /^iteration-\d+-seed-\d+(\.\w+)(\.tmp)?$/;
    for (const name of names) {
      const extensions = name.match(ours);
      if (extensions === null || extensions[1] !== extension) continue;
      if (extensions[2] === undefined && keep.has(name.slice(0, -extension.length))) continue;
      this.writing(() => Deno.removeSync(join(this.path, folder, name)));
    }
  }

  private writing<T>(write: () => T): T {
    return writingTo(this.path, ANOTHER_OUT, write);
  }
}

/** Said where a run's folder cannot be written. */
const ANOTHER_OUT = "choose another --out";

/**
 * Writes a derived file of a run folder whole, unless it is there as it should be.
 *
 * @throws {UsageError} If the folder cannot be written; the message ends in `next`.
 */
export function replaceFile(folder: string, file: string, text: string, next = ANOTHER_OUT): void {
  const path = join(folder, file);
  if (readIfThere(path) !== text) {
    writingTo(folder, next, () => writeWhole(path, new TextEncoder().encode(text)));
  }
}

function writingTo<T>(folder: string, next: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    throw new UsageError(
      `Cannot write to "${folder}": expected a folder that can be written, got "${reasonOf(error)}"; ${next}`,
      { cause: error },
    );
  }
}

function writeWhole(path: string, bytes: Uint8Array): void {
  const temporary = `${path}.tmp`;
  Deno.mkdirSync(join(path, ".."), { recursive: true });
  try {
    Deno.writeFileSync(temporary, bytes);
    Deno.renameSync(temporary, path);
  } catch (error) {
    // a full disk leaves part of a file, which would only take room
    if (existsSync(temporary)) Deno.removeSync(temporary);
    throw error;
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw new UsageError(`Cannot read "${path}": ${reasonOf(error)}`, { cause: error });
  }
}
