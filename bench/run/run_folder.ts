/**
 * A run folder: rows are appended as they are measured and survive a crash at any moment.
 *
 * A trial counts once its row is in `trials.csv`, which is written last, and while its epochs and predictions are
 * there. In order, every file but `manifest.json` and `timing.csv` depends only on what was trained, not on when or on
 * how many workers.
 *
 * Opening a folder removes nothing that was finished: predictions and weights without a row, and the rows themselves
 * where `trials.csv` is gone, are set aside in a folder of their own, until the same bits are there again.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { NamedTensor } from "../../engine/engine.ts";
import { serializeSafetensors } from "../../engine/safetensors.ts";
import type { Iteration } from "../../models/iteration.ts";
import { type Columns, formatCsv, formatHeader, formatRows, parseCsv, type RowOf } from "./csv.ts";
import { reasonOf, UsageError } from "../command_line/errors.ts";
import { plural } from "../command_line/format.ts";
import { FolderLock, LOCK, LOCK_HOLDER } from "./folder_lock.ts";
import {
  checkSameRun,
  formatManifest,
  invocationOf,
  keptWeights,
  type Manifest,
  parseManifest,
  type RunIdentity,
} from "./manifest.ts";
import {
  compareRows,
  EPOCH_COLUMNS,
  type EpochRow,
  groupByTrial,
  isCompleted,
  TIMING_COLUMNS,
  type TimingRow,
  type TrialId,
  trialKey,
  type TrialRow,
} from "./rows.ts";
import { MANIFEST, predictionsPath, type RunRecord, weightsPath } from "./run_record.ts";
import { SetAside } from "./set_aside.ts";
import { checkSums, SUMS, unseal } from "./sums.ts";
import { formatTrial, formatTrials, parseTrials } from "./trials_file.ts";
import { lackingPart, verifyOrigin, verifyTiming, verifyTrial } from "./verify_folder.ts";
import { appendTo, readIfThere, refuseLink, syncFile, writeWhole } from "./whole_files.ts";

export { CONFUSION, predictionsPath, readRunFolder, type RunRecord, weightsPath } from "./run_record.ts";

/** Files that a trial leaves beside its rows. */
export interface TrialArtefacts {
  /** uint8 [N] */
  readonly predictions: Uint8Array;
  /** Saved where given. */
  readonly tensors?: readonly NamedTensor[];
}

const TRIALS = "trials.csv", EPOCHS = "epochs.csv", TIMING = "timing.csv";
/** Folders of artefacts, with the extension of a trial's file there. */
const ARTEFACTS = [["predictions", ".bin"], ["weights", ".safetensors"]] as const;

/** A run folder that this process writes to, and no other. */
export class RunFolder {
  /** What a person should know about what was found, one line each. */
  readonly notices: readonly string[];
  private epochRows: EpochRow[] = [];
  private trialRows: TrialRow[] = [];
  private timingRows: TimingRow[] = [];
  private currentManifest: Manifest;
  private readonly lock: FolderLock;
  /** While there is nothing to lose, nothing waits for the disk; the next manifest puts all of it there. */
  private isEmpty = false;
  /** What was found without its trial's row; undefined where nothing was, or all is in its place again. */
  private aside?: SetAside;

  /**
   * Opens the folder for trials of `fresh`'s identity: makes it, or takes what is there after checking that it is the same.
   *
   * @throws {UsageError} If it cannot be written, is in use, holds something else, symbolic links, rows that do not agree
   * with each other or a run of another identity.
   */
  constructor(readonly path: string, fresh: Manifest, iterations: readonly Iteration[]) {
    // Before anything is made in it: a folder that is refused stays as it was.
    if (!existsSync(join(path, MANIFEST))) this.checkEmpty();
    this.lock = this.takeLock();
    try {
      const notices = this.lock.notice === undefined ? [] : [this.lock.notice];
      const manifest = readIfThere(join(path, MANIFEST));
      if (manifest === undefined) this.checkEmpty();
      for (const name of [TRIALS, EPOCHS, TIMING, SUMS, ...ARTEFACTS.map(([folder]) => folder)]) {
        refuseLink(join(path, name));
      }
      this.currentManifest = manifest === undefined ? fresh : parseManifest(manifest, join(path, MANIFEST));
      checkSameRun(this.currentManifest, fresh satisfies RunIdentity, { folder: path, iterations });
      const [problem] = checkSums(path);
      if (problem !== undefined) throw disagreeing(path, problem);
      this.epochRows = this.readRows(EPOCH_COLUMNS, EPOCHS);
      this.trialRows = this.readTrials(TRIALS, this.epochRows);
      this.timingRows = this.readRows(TIMING_COLUMNS, TIMING);
      this.isEmpty = manifest === undefined;
      if (this.isEmpty) this.saveManifest(fresh);
      else notices.push(...this.keepWhatIsWhole());
      this.notices = notices;
      this.putInOrder();
      this.isEmpty = false;
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
    this.append(EPOCHS, formatRows(EPOCH_COLUMNS, [row]));
    this.append(TIMING, formatRows(TIMING_COLUMNS, [timing]));
  }

  /** Adds a trial that has ended; its files come first, its row last, each on the disk before the next. */
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
    for (const file of [EPOCHS, TIMING]) this.writing(() => syncFile(join(this.path, file)));
    this.trialRows.push(row);
    this.append(TRIALS, formatTrial(row, this.currentManifest), { lasting: true });
    this.settleRows();
  }

  /** Drops the rows of unfinished trials and sorts the rest by iteration, seed and epoch. */
  putInOrder(): void {
    const finished = new Set(this.trialRows.map(trialKey));
    const ordered = <Row extends TrialId>(rows: readonly Row[]) =>
      rows.filter((row) => finished.has(trialKey(row))).sort(compareRows);
    this.trialRows = ordered(this.trialRows);
    this.epochRows = ordered(this.epochRows);
    this.timingRows = ordered(this.timingRows);
    this.replace(TRIALS, formatTrials(this.trialRows, this.currentManifest));
    this.replace(EPOCHS, formatCsv(EPOCH_COLUMNS, this.epochRows));
    this.replace(TIMING, formatCsv(TIMING_COLUMNS, this.timingRows));
    for (const [folder, extension] of ARTEFACTS) {
      // A crash leaves part of a file; whole ones stay, whether their row is there or not.
      for (const name of this.artefactsIn(folder, `${extension}.tmp`)) {
        this.writing(() => Deno.removeSync(join(this.path, folder, name)));
      }
    }
  }

  saveManifest(manifest: Manifest): void {
    this.currentManifest = manifest;
    this.replace(MANIFEST, formatManifest(manifest));
  }

  /** Writes a report; a file that would not change is left alone. */
  saveReport(file: string, text: string): void {
    this.writing(() => replaceFile(this.path, file, text));
  }

  /** Lets other processes have the folder. */
  close(): void {
    this.lock.close();
  }

  private takeLock(): FolderLock {
    try {
      Deno.mkdirSync(this.path, { recursive: true });
      return new FolderLock(this.path);
    } catch (error) {
      if (error instanceof UsageError) throw error;
      throw notWritable(this.path, error);
    }
  }

  private checkEmpty(): void {
    let names: string[];
    try {
      names = [...Deno.readDirSync(this.path)].map(({ name }) => name);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return;
      throw notWritable(this.path, error);
    }
    const stranger = names.find((name) => name !== LOCK && name !== LOCK_HOLDER && !name.endsWith(".tmp"));
    if (stranger !== undefined) {
      throw new UsageError(
        `Cannot write to "${this.path}": expected an empty folder or one with "${MANIFEST}", got "${stranger}" in it; choose another --out`,
      );
    }
  }

  /** Leaves the rows of whole trials, sets aside what has none, and says so; what contradicts itself is refused. */
  private keepWhatIsWhole(): string[] {
    const record = this.record, said: string[] = [];
    const epochs = groupByTrial(this.epochRows), kept = keptWeights(this.currentManifest);
    const times = groupByTrial(this.timingRows);
    const [stranger] = verifyOrigin(record);
    if (stranger !== undefined) throw disagreeing(this.path, stranger);
    const broken = new Set<string>();
    for (const trial of this.trialRows) {
      const key = trialKey(trial), own = epochs.get(key) ?? [], timing = times.get(key) ?? [];
      const what = lackingPart(trial, this.path, { epochs: own, timing, keepsWeights: kept.has(key) });
      if (what === undefined) {
        const [problem] = [...verifyTrial(trial, this.path, own), ...verifyTiming(trial, timing)];
        if (problem !== undefined) throw disagreeing(this.path, problem);
      } else {
        broken.add(key);
        said.push(`${key} lacks its ${what} and counts as unfinished`);
      }
    }
    const rows = new Map(this.trialRows.map((row) => [trialKey(row), row]));
    const strays = ARTEFACTS.flatMap(([folder, extension]) =>
      this.artefactsIn(folder, extension).filter((name) => {
        const key = name.slice(0, -extension.length), row = rows.get(key);
        // What a power cut left empty was never finished.
        return (row === undefined || !isCompleted(row) || broken.has(key)) &&
          Deno.lstatSync(join(this.path, folder, name)).size > 0;
      }).map((name) => join(folder, name))
    );
    // Rows without their trial's are what a crash leaves, unless the trial had ended or the whole file is gone.
    const text = readIfThere(join(this.path, TRIALS));
    const isGone = text === undefined || !text.includes("\n");
    const lost = this.epochRows.some((row) =>
      !rows.has(trialKey(row)) &&
      (isGone || invocationOf(this.currentManifest, row)?.outcome === "completed")
    );
    this.trialRows = this.trialRows.filter((row) => !broken.has(trialKey(row)));
    if (strays.length === 0 && broken.size === 0 && !lost) return said;
    const folder = this.setAside(strays);
    const files = strays.length === 0
      ? "rows"
      : `rows and ${plural(strays.length, "file")} of predictions or weights`;
    return [
      ...said,
      `${isGone ? `"${TRIALS}" is gone or empty: ` : ""}${files} without a finished trial in "${TRIALS}" ` +
      `were set aside in "${join(this.path, folder)}"`,
    ];
  }

  /** Moves files, and copies the three lists of rows as they are now, into a folder of their own, which it names. */
  private setAside(files: readonly string[]): string {
    return this.writing(() => {
      unseal(this.path);
      this.aside = new SetAside(this.path, { files, lists: [TRIALS, EPOCHS, TIMING] });
      return this.aside.folder;
    });
  }

  /** Removes what was set aside once all of it is in its place again. */
  private settleRows(): void {
    const { aside, trialRows: trials, epochRows: epochs } = this;
    const isSettled = aside !== undefined && this.writing(() =>
      aside.settleRows({ epochs, trials }, {
        read: (folder) => {
          const rows = this.readRows(EPOCH_COLUMNS, join(folder, EPOCHS));
          return { epochs: rows, trials: this.readTrials(join(folder, TRIALS), rows) };
        },
        formatTrial: (row) => formatTrial(row, this.currentManifest),
      })
    );
    if (isSettled) this.aside = undefined;
  }

  private readTrials(file: string, epochs: readonly EpochRow[]): TrialRow[] {
    const name = join(this.path, file), manifest = this.currentManifest;
    const text = readIfThere(name) ?? formatTrials([], manifest);
    return parseTrials(text, manifest, { name, repair: true, epochs });
  }

  private readRows<C extends Columns>(columns: C, file: string): RowOf<C>[] {
    const name = join(this.path, file);
    return parseCsv(columns, readIfThere(name) ?? formatHeader(columns), { name, repair: true });
  }

  private append(file: string, text: string, { lasting } = { lasting: false }): void {
    this.writing(() => {
      unseal(this.path);
      appendTo(join(this.path, file), text, { lasting });
    });
  }

  private replace(file: string, text: string): void {
    this.writing(() => replaceFile(this.path, file, text, { lasting: !this.isEmpty }));
  }

  /** Writes a whole file of a trial or none of it. */
  private write(file: string, bytes: Uint8Array): void {
    this.writing(() => {
      const folder = join(this.path, dirname(file));
      refuseLink(folder);
      unseal(this.path);
      try {
        Deno.mkdirSync(folder);
      } catch (error) {
        if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
      }
      writeWhole(join(this.path, file), bytes);
      this.aside?.settle(file, bytes);
    });
  }

  /** Names of trials' files that end so. */
  private artefactsIn(folder: string, ending: string): string[] {
    try {
      return [...Deno.readDirSync(join(this.path, folder))].map(({ name }) => name)
        .filter((name) =>
          name.endsWith(ending) && /^iteration-\d+-seed-\d+$/.test(name.slice(0, -ending.length))
        )
        .sort();
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return [];
      throw error;
    }
  }

  /** Writes into the folder that was opened; where that is gone, no other is made in its place. */
  private writing<T>(write: () => T): T {
    if (!this.lock.isThere) {
      throw new UsageError(
        `Cannot write to "${this.path}": expected the folder that this run began in, got one that was removed, moved or replaced; ` +
          "leave it in place and run the same command again",
      );
    }
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
export function replaceFile(
  folder: string,
  file: string,
  text: string,
  { next = ANOTHER_OUT, lasting = false } = {},
): void {
  const path = join(folder, file);
  if (readIfThere(path) === text) return;
  writingTo(folder, next, () => {
    unseal(folder);
    writeWhole(path, text, { lasting });
  });
}

function disagreeing(path: string, problem: string): UsageError {
  return new UsageError(
    `Cannot add to "${path}": expected files that agree, got "${problem}"; restore them or choose another --out`,
  );
}

function notWritable(folder: string, error: unknown, next = ANOTHER_OUT): UsageError {
  return new UsageError(
    `Cannot write to "${folder}": expected a folder that can be written, got "${reasonOf(error)}"; ${next}`,
    { cause: error },
  );
}

function writingTo<T>(folder: string, next: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    throw error instanceof UsageError ? error : notWritable(folder, error, next);
  }
}
