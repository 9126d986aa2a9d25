/**
 * Reads one shard's folder for a merge: what of it can be used, and what is to be said of the rest.
 *
 * Nothing is written into it: it may be another person's, and the job that fills it may still run.
 *
 * @module
 */
import { join } from "node:path";
import { reasonOf, UsageError } from "../command_line/errors.ts";
import { type Columns, formatHeader, parseCsv } from "../run/csv.ts";
import { LOCK, LOCK_HOLDER } from "../run/folder_lock.ts";
import {
  type Manifest,
  parseManifest,
  recipeDifference,
  type RunDifference,
  runDifference,
} from "../run/manifest.ts";
import {
  EPOCH_COLUMNS,
  type EpochRow,
  groupByTrial,
  TIMING_COLUMNS,
  type TimingRow,
  type TrialId,
  trialKey,
  type TrialRow,
} from "../run/rows.ts";
import { MANIFEST } from "../run/run_record.ts";
import { formatTrials, parseTrials } from "../run/trials_file.ts";
import { checkSums } from "../run/sums.ts";
import { lackingPart, verifyOrigin, verifyTiming, verifyTrial } from "../run/verify_folder.ts";
import { readIfThere } from "../run/whole_files.ts";
import { type Finding, type FindingKind, nameTrials } from "./findings.ts";
import { plansWeights, type RunPlan } from "./plan_file.ts";
import { identityOn } from "./planned_work.ts";

/** A trial of a shard that is whole. */
export interface ShardTrial {
  readonly row: TrialRow;
  readonly epochs: readonly EpochRow[];
  readonly timing: readonly TimingRow[];
}

/** What a shard's folder holds. */
export interface ShardRecord {
  readonly folder: string;
  readonly manifest: Manifest;
  /** By `trialKey`; those that completed or diverged. */
  readonly trials: ReadonlyMap<string, ShardTrial>;
  readonly failed: readonly TrialRow[];
}

/** What came of reading a folder. */
export interface ShardReading {
  /** Absent where nothing in it can be used. */
  readonly shard?: ShardRecord;
  readonly findings: readonly Finding[];
}

/** Which trials a plan has, looked up by `trialKey`. */
export type PlannedTrials = ReadonlySet<string>;

/** Reads a folder, which may be anything. */
export function readShard(folder: string, plan: RunPlan, planned: PlannedTrials): ShardReading {
  const findings: Finding[] = [];
  const say = (kind: FindingKind, text: string) => void findings.push({ kind, folder, text });
  try {
    const manifest = readManifest(folder, say);
    if (manifest === undefined || !belongs(manifest, plan, say)) return { findings };
    const shard = readTrials(folder, manifest, { plan, planned, say });
    return shard === undefined ? { findings } : { shard, findings };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    say("unreadable", reasonOf(error));
    return { findings };
  }
}

type Say = (kind: FindingKind, text: string) => void;

function readManifest(folder: string, say: Say): Manifest | undefined {
  let names: string[];
  try {
    names = [...Deno.readDirSync(folder)].map(({ name }) => name);
  } catch (error) {
    const reason = error instanceof Deno.errors.NotFound
      ? "none"
      : error instanceof Deno.errors.NotADirectory
      ? "a file"
      : `"${reasonOf(error)}"`;
    say("foreign", `expected a shard's folder, got ${reason}`);
    return undefined;
  }
  const path = join(folder, MANIFEST), text = readIfThere(path);
  if (text !== undefined) return parseManifest(text, path);
  const stranger = names.find((name) => name !== LOCK && name !== LOCK_HOLDER && !name.endsWith(".tmp"));
  if (stranger === undefined) {
    say("torn", "holds nothing yet: its job has not begun, or was killed as it did");
  } else say("foreign", `expected a shard's folder with "${MANIFEST}", got one with "${stranger}" in it`);
  return undefined;
}

/** Whether rows of this folder may stand beside those of the plan. */
function belongs(manifest: Manifest, plan: RunPlan, say: Say): boolean {
  const refuse = ({ what, there, here }: RunDifference) => {
    const { device, planned } = manifest.invocations.at(-1) ?? {};
    say(
      "foreign",
      `expected ${what} ${there} as in the plan, got ${here}${
        device === undefined ? "" : ` (${device}${planned === undefined ? "" : ` on ${planned.host}`})`
      }`,
    );
  };
  const other = runDifference(identityOn(plan, manifest), manifest) ??
    recipeDifference(plan.iterations, manifest.iterations);
  if (other !== undefined) refuse(other);
  return other === undefined;
}

interface ReadOptions {
  readonly plan: RunPlan;
  readonly planned: PlannedTrials;
  readonly say: Say;
}

function readTrials(
  folder: string,
  manifest: Manifest,
  { plan, planned, say }: ReadOptions,
): ShardRecord | undefined {
  const rowsOf = <C extends Columns>(columns: C, file: string) =>
    readRows(join(folder, file), say, {
      empty: formatHeader(columns),
      parse: (text, options) => parseCsv(columns, text, options),
    });
  const epochRows = rowsOf(EPOCH_COLUMNS, "epochs.csv"), epochs = groupByTrial(epochRows);
  const rows = readRows(join(folder, "trials.csv"), say, {
    empty: formatTrials([], manifest),
    parse: (text, options) => parseTrials(text, manifest, { ...options, epochs: epochRows }),
  });
  const timing = groupByTrial(rowsOf(TIMING_COLUMNS, "timing.csv"));
  const problems = [...checkSums(folder), ...verifyOrigin({ manifest, trials: rows })];
  const strangers: TrialId[] = [], failed: TrialRow[] = [], diverged: TrialId[] = [];
  const lacking = new Map<string, TrialId[]>(), trials = new Map<string, ShardTrial>();
  for (const row of rows) {
    const key = trialKey(row), own = epochs.get(key) ?? [], timed = timing.get(key) ?? [];
    if (!planned.has(key)) {
      strangers.push(row);
      continue;
    }
    const keepsWeights = plansWeights(plan, row);
    const what = lackingPart(row, folder, { epochs: own, timing: timed, keepsWeights });
    if (what !== undefined) {
      lacking.set(what, [...lacking.get(what) ?? [], row]);
      continue;
    }
    problems.push(...verifyTrial(row, folder, own), ...verifyTiming(row, timed));
    if (row.status === "failed") failed.push(row);
    else trials.set(key, { row, epochs: own, timing: timed });
    if (row.status === "diverged") diverged.push(row);
  }
  if (strangers.length > 0) say("foreign", `holds trials that the plan lacks: ${nameTrials(strangers)}`);
  for (const problem of problems) say("unreadable", `its files disagree: ${problem}`);
  for (const [what, list] of lacking) say("torn", `lacks the ${what} of ${nameTrials(list)}`);
  sayUnfinished(manifest, rows, { planned, say });
  const notes = [...new Set(failed.map(({ note }) => note ?? "no reason"))].slice(0, 3).join("; ");
  if (failed.length > 0) say("failed", `${nameTrials(failed)} (${notes})`);
  if (diverged.length > 0) say("diverged", nameTrials(diverged));
  return strangers.length + problems.length > 0 ? undefined : { folder, manifest, trials, failed };
}

/** Says what the folder's last command set out to train without coming to its end. */
function sayUnfinished(
  { invocations }: Manifest,
  rows: readonly TrialRow[],
  { planned, say }: Pick<ReadOptions, "planned" | "say">,
): void {
  const last = invocations.at(-1), ended = new Set(rows.map(trialKey));
  if (last === undefined) return;
  const open = last.trials.filter((key) => !ended.has(key) && planned.has(key));
  if (open.length === 0) return;
  const ids = open.map((key) => key.match(/\d+/g)!.map(Number))
    .map(([iteration, seed]) => ({ iteration, seed }));
  const how = {
    running: "was killed, or still runs,",
    interrupted: "was interrupted",
    broken: "broke",
    completed: "lost rows",
  }[last.outcome];
  say("torn", `${how} with ${nameTrials(ids)} to train`);
}

/** The rows of a file; what a crash tore off at its end is left out, and said. */
function readRows<Row>(path: string, say: Say, { empty, parse }: {
  readonly empty: string;
  readonly parse: (text: string, options: { readonly name: string; readonly repair?: boolean }) => Row[];
}): Row[] {
  const text = readIfThere(path) ?? empty;
  try {
    return parse(text, { name: path });
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const rows = parse(text, { name: path, repair: true });
    say("torn", `its last line is not whole: ${reasonOf(error)}`);
    return rows;
  }
}
