/**
 * Writes what shards hold as one run folder: the bytes that one machine would have written, but for manifest and times.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Iteration } from "../../models/iteration.ts";
import { reasonOf, UsageError } from "../command_line/errors.ts";
import type { Report } from "../report/report.ts";
import { deriveFiles } from "../report/run_files.ts";
import { csvParts } from "../run/csv.ts";
import { FolderLock, LOCK } from "../run/folder_lock.ts";
import {
  formatManifest,
  type Invocation,
  type Manifest,
  newManifest,
  withFreshSeeds,
  withPlan,
} from "../run/manifest.ts";
import { EPOCH_COLUMNS, TIMING_COLUMNS, trialKey } from "../run/rows.ts";
import { MANIFEST, predictionsPath, type RunRecord, weightsPath } from "../run/run_record.ts";
import type { TestLabels } from "../run/test_labels.ts";
import { formatTrials } from "../run/trials_file.ts";
import { countTried } from "../run/tried.ts";
import { readBytesIfThere, writeWhole } from "../run/whole_files.ts";
import type { JoinedTrial } from "./join.ts";
import { iterationsOf, plansWeights, type RunPlan } from "./plan_file.ts";
import { identityOn } from "./planned_work.ts";

/** What is written, and where. */
export interface MergedRun {
  readonly plan: RunPlan;
  /** Every trial of the plan. */
  readonly trials: readonly JoinedTrial[];
  readonly out: string;
  /** Beside the folder that is to be, until it is whole. */
  readonly place: string;
  /** Today's iterations, for criteria and claims of those that the plan has, too. */
  readonly catalog: readonly Iteration[];
  readonly test: TestLabels;
  /** The published results, which criteria are derived from. */
  readonly references: readonly RunRecord[];
}

/** A folder that was written, or was there with the same bytes. */
export interface WrittenRun {
  readonly report: Report;
  readonly wasThere: boolean;
}

/**
 * Writes the folder whole or not at all.
 *
 * @throws {UsageError} If it cannot be written, holds something else, or a file of a shard has changed meanwhile.
 */
export function writeMerged(run: MergedRun): WrittenRun {
  const { out, place } = run;
  let lock: FolderLock | undefined;
  try {
    refuseStranger(out);
    Deno.mkdirSync(place, { recursive: true });
    lock = new FolderLock(place);
    // what a merge that was killed left
    for (const { name } of [...Deno.readDirSync(place)]) {
      if (!name.startsWith(LOCK)) Deno.removeSync(join(place, name), { recursive: true });
    }
    const report = writeFiles(run, place);
    const wasThere = existsSync(join(out, MANIFEST));
    if (wasThere) refuseDifference(place, out);
    lock.close();
    lock = undefined;
    if (wasThere) {
      Deno.removeSync(place, { recursive: true });
    } else {
      if (existsSync(out)) Deno.removeSync(out);
      Deno.renameSync(place, out);
    }
    return { report, wasThere };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(
      `Cannot write to "${out}": expected a folder that can be written, got "${
        reasonOf(error)
      }"; choose another --out`,
      { cause: error },
    );
  } finally {
    if (lock !== undefined) {
      lock.close();
      removeQuietly(place);
    }
  }
}

/** @throws {UsageError} If something is there that is neither empty nor a run. */
function refuseStranger(out: string): void {
  let names: string[];
  try {
    names = [...Deno.readDirSync(out)].map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw error;
  }
  if (names.length > 0 && !names.includes(MANIFEST)) {
    throw new UsageError(
      `Cannot write to "${out}": expected no folder or an empty one, got "${
        names[0]
      }" in it; choose another --out`,
    );
  }
}

function writeFiles(run: MergedRun, place: string): Report {
  const { plan, trials, catalog, test, references } = run;
  const ordered = trials.toSorted((a, b) => a.row.iteration - b.row.iteration || a.row.seed - b.row.seed);
  const record: RunRecord = {
    manifest: joinManifests(plan, ordered, run.out),
    trials: ordered.map(({ row }) => row),
    epochs: ordered.flatMap(({ epochs }) => epochs),
    timing: ordered.flatMap(({ timing }) => timing),
  };
  for (const { row, shard } of ordered) {
    if (row.status !== "completed") continue;
    copy(predictionsPath(row), shard.folder, place);
    if (plansWeights(plan, row)) copy(weightsPath(row), shard.folder, place);
  }
  const write = (file: string, text: string | Iterable<string>) => writeWhole(join(place, file), text);
  write("trials.csv", formatTrials(record.trials, record.manifest));
  write("epochs.csv", csvParts(EPOCH_COLUMNS, record.epochs));
  write("timing.csv", csvParts(TIMING_COLUMNS, record.timing));
  const files = deriveFiles(place, record, {
    catalog: [
      ...iterationsOf(plan),
      ...catalog.filter(({ id }) => plan.iterations.every((one) => one.id !== id)),
    ],
    test,
    references,
  });
  let next = files.next();
  for (; !next.done; next = files.next()) write(next.value.file, next.value.text);
  // last, as a folder without it is no run
  write(MANIFEST, formatManifest(record.manifest));
  return next.value;
}

/** Does not wait for the disk: the shard is still there, should the power go. */
function copy(file: string, from: string, to: string): void {
  const bytes = readBytesIfThere(from, file);
  if (bytes === undefined) {
    throw new UsageError(
      `Cannot merge "${from}": expected "${file}", got none any more; merge again when nothing writes there`,
    );
  }
  Deno.mkdirSync(join(to, dirname(file)), { recursive: true });
  writeWhole(join(to, file), bytes, { lasting: false });
}

/** Says of every trial which command trained the row that was taken, and where. */
function joinManifests(plan: RunPlan, trials: readonly JoinedTrial[], out: string): Manifest {
  const shards = Map.groupBy(trials, ({ shard }) => shard);
  const invocations = [...shards].flatMap(([{ manifest }, taken]) => {
    const keys = new Set(taken.map(({ row }) => trialKey(row)));
    const wanted = new Set(
      taken.filter(({ row }) => plansWeights(plan, row)).map(({ row }) => trialKey(row)),
    );
    return manifest.invocations.map((each): Invocation => ({
      ...each,
      trials: each.trials.filter((key) => keys.has(key)),
      // another command than this plan's may have kept more
      keptWeights: each.trials.filter((key) => wanted.has(key)),
    })).filter((each) => each.trials.length > 0);
  }).sort((a, b) => a.start < b.start ? -1 : a.start > b.start ? 1 : 0);
  const [{ shard }] = trials;
  const fresh = newManifest(identityOn(plan, shard.manifest));
  const planned = withPlan(fresh, iterationsOf(plan), plan.seeds);
  const whole = { ...(plan.freshSeeds ?? []).reduce(withFreshSeeds, planned), invocations };
  return { ...whole, tried: countTried(out, whole) };
}

/** @throws {UsageError} If a file that follows from what was trained is another in the folder that is there. */
function refuseDifference(place: string, out: string): void {
  const made = repeatable(place), there = repeatable(out);
  const file = [...new Set([...made, ...there])].sort().find((name) => {
    const [a, b] = [place, out].map((folder) => readBytesIfThere(folder, name));
    return a === undefined || b === undefined || a.length !== b.length ||
      a.some((byte, at) => byte !== b[at]);
  });
  if (file === undefined) return;
  throw new UsageError(
    `Cannot write to "${out}": expected no folder or the same results, got another "${file}" there; choose another --out`,
  );
}

/** Files of a run that repeat when it is repeated. */
function repeatable(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
    isDirectory ? [...Deno.readDirSync(join(folder, name))].map((entry) => join(name, entry.name)) : [name]
  ).filter((file) => /\.(csv|md|bin|safetensors)$/.test(file) && file !== "timing.csv");
}

function removeQuietly(folder: string): void {
  try {
    Deno.removeSync(folder, { recursive: true });
  } catch {
    // the next merge into this place removes it
  }
}
