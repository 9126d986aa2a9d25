/**
 * What was found in a run folder without the rows that it belongs to: kept in a folder of its own until the same is in
 * its place again, so that nothing that was trained is lost.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { formatRows } from "./csv.ts";
import { EPOCH_COLUMNS, type EpochRow, trialKey, type TrialRow } from "./rows.ts";
import { readBytesIfThere } from "./whole_files.ts";

/** Numbered from 1. */
const ASIDE = "set-aside";

/** Rows of a folder's lists. */
export interface ListedRows {
  readonly epochs: readonly EpochRow[];
  readonly trials: readonly TrialRow[];
}

/** A folder in a run folder with files that were moved there and copies of its lists of rows. */
export class SetAside {
  /** Its name in the run folder. */
  readonly folder: string;
  /** Where they are, from the run folder, by where they lay before. */
  private readonly files = new Map<string, string>();

  /** Moves `files` and copies `lists`, those that are there, both named from the run folder `path`. */
  constructor(
    private readonly path: string,
    { files, lists }: { readonly files: readonly string[]; readonly lists: readonly string[] },
  ) {
    const taken = new Set([...Deno.readDirSync(path)].map(({ name }) => name));
    let number = 1;
    while (taken.has(`${ASIDE}-${number}`)) number++;
    const folder = this.folder = `${ASIDE}-${number}`;
    Deno.mkdirSync(join(path, folder));
    for (const list of lists) {
      if (taken.has(list)) Deno.copyFileSync(join(path, list), join(path, folder, list));
    }
    for (const file of files) {
      Deno.mkdirSync(join(path, folder, dirname(file)), { recursive: true });
      Deno.renameSync(join(path, file), join(path, folder, file));
      this.files.set(file, join(folder, file));
    }
  }

  /** Removes a file of which the same bytes are in its place again. */
  settle(file: string, bytes: Uint8Array): void {
    const copy = this.files.get(file);
    if (copy === undefined) return;
    const kept = readBytesIfThere(this.path, copy);
    if (kept === undefined || kept.length !== bytes.length || kept.some((byte, at) => byte !== bytes[at])) {
      return;
    }
    this.files.delete(file);
    Deno.removeSync(join(this.path, copy));
  }

  /**
   * Removes the folder once no file and no row is left in it alone, and says whether it did; times never repeat.
   *
   * `present` are the rows of the run folder, `read` reads those of a folder in it, `formatTrial` gives a trial's row as
   * text.
   */
  settleRows(
    present: ListedRows,
    { read, formatTrial }: {
      readonly read: (folder: string) => ListedRows;
      readonly formatTrial: (row: TrialRow) => string;
    },
  ): boolean {
    if (this.files.size > 0) return false;
    const kept = read(this.folder), ended = new Set(present.trials.map(trialKey));
    // the rest takes seconds where there are hundreds of thousands of rows
    if ([...kept.trials, ...kept.epochs].some((row) => !ended.has(trialKey(row)))) return false;
    const isAllThere = areAmong(present.trials, kept.trials, formatTrial) &&
      areAmong(present.epochs, kept.epochs, (row) => formatRows(EPOCH_COLUMNS, [row]));
    if (isAllThere) Deno.removeSync(join(this.path, this.folder), { recursive: true });
    return isAllThere;
  }
}

function areAmong<Row>(present: readonly Row[], kept: readonly Row[], format: (row: Row) => string): boolean {
  const texts = new Set(present.map(format));
  return kept.every((row) => texts.has(format(row)));
}
