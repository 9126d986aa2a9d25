/**
 * Reads a results folder that a command is to judge, and refuses one that cannot be judged.
 *
 * @module
 */
import { join } from "node:path";
import { reasonOf, UsageError } from "../command_line/errors.ts";
import { configHash } from "./manifest.ts";
import { trialKey } from "./rows.ts";
import { readRunFolder, type RunRecord } from "./run_record.ts";
import { checkSums } from "./sums.ts";
import { checkWhole } from "./verify_folder.ts";

/**
 * What a results folder holds, once it is whole: every command that judges or shows results reads them through this.
 *
 * @throws {UsageError} As `readRows`, and if files do not agree with each other or with `SHA256SUMS`, or a trial that
 * was trained is missing.
 */
export function readResults(path: string): RunRecord {
  const record = readRows(path);
  const [problem] = [...checkWhole(path, record), ...checkSums(path)];
  if (problem !== undefined) {
    throw new UsageError(
      `Cannot use the results in "${path}": expected files that agree, got "${problem}"; restore them`,
    );
  }
  return record;
}

/**
 * The rows of a results folder alone, for who compares one of them with what it is to be.
 *
 * @throws {UsageError} If the folder is missing, no run folder, empty, torn, of another schema, or holds a trial
 * twice, a trial of an iteration that its manifest lacks, or an iteration other than its own digest says.
 */
export function readRows(path: string): RunRecord {
  const refuse = (wanted: string, got: string, next = "name another folder") =>
    new UsageError(`Cannot read the results in "${path}": expected ${wanted}, got ${got}; ${next}`);
  checkFolder(path, refuse);
  const record = readRunFolder(path);
  if (record === undefined) throw refuse(`"manifest.json" in it`, "none");
  if (record.trials.length === 0) {
    throw refuse(`a trial in "${join(path, "trials.csv")}"`, "none", "run `deno task bench` first");
  }
  const seen = new Set<string>();
  for (const trial of record.trials) {
    const key = trialKey(trial);
    if (seen.has(key)) throw refuse("each trial once", `${key} twice`, "restore the files");
    seen.add(key);
    const iteration = record.manifest.iterations.find(({ id }) => id === trial.iteration);
    if (iteration === undefined) {
      throw refuse(`iteration ${trial.iteration} in its manifest`, "none", "restore the files");
    }
  }
  const epochs = new Set<string>();
  for (const row of record.epochs) {
    const key = `${trialKey(row)} epoch ${row.epoch}`;
    if (epochs.has(key)) throw refuse("each epoch once", `${key} twice`, "restore the files");
    epochs.add(key);
  }
  for (const iteration of record.manifest.iterations) {
    const hash = configHash(iteration);
    if (hash !== iteration.configHash) {
      throw refuse(
        `layers and training of iteration ${iteration.id} with SHA-256 ${iteration.configHash}`,
        hash,
        "restore the files",
      );
    }
  }
  return record;
}

function checkFolder(path: string, refuse: (wanted: string, got: string) => UsageError): void {
  let isFolder: boolean;
  try {
    isFolder = Deno.statSync(path).isDirectory;
  } catch (error) {
    throw refuse("a folder", error instanceof Deno.errors.NotFound ? "none" : `"${reasonOf(error)}"`);
  }
  if (!isFolder) throw refuse("a folder", "a file");
}
