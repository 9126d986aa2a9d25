/**
 * Joins what shards hold: each trial of the plan once.
 *
 * @module
 */
import { formatNumberList } from "../command_line/format.ts";
import { formatRows } from "../run/csv.ts";
import { invocationOf } from "../run/manifest.ts";
import { EPOCH_COLUMNS, TRIAL_COLUMNS, trialKey, type TrialRow } from "../run/rows.ts";
import { cellsOf } from "../run/trials_file.ts";
import { type Finding, nameTrials } from "./findings.ts";
import type { PlanFile, PlannedTrial } from "./plan_file.ts";
import { parseShard } from "./planned_work.ts";
import type { ShardRecord, ShardTrial } from "./read_shard.ts";
import { shareOut } from "./share.ts";

/** A trial, and the shard that it is taken from. */
export interface JoinedTrial extends ShardTrial {
  readonly shard: ShardRecord;
}

/** All that shards hold of a plan. */
export interface Joined {
  /** In the plan's order; those that are missing are left out. */
  readonly trials: readonly JoinedTrial[];
  readonly missing: readonly PlannedTrial[];
  readonly findings: readonly Finding[];
}

/** Joins shards; a trial that several hold must be the same in all of them. */
export function joinShards({ plan }: PlanFile, shards: readonly ShardRecord[]): Joined {
  const joined = new Map<string, JoinedTrial>();
  const findings: Finding[] = [...findMixedDevices(shards)];
  for (const shard of shards) {
    const same = new Map<ShardRecord, TrialRow[]>(), other = new Map<ShardRecord, Pair[]>();
    for (const [key, trial] of shard.trials) {
      const first = joined.get(key);
      if (first === undefined) joined.set(key, { ...trial, shard });
      else if (fingerprint(first) === fingerprint(trial)) push(same, first.shard, trial.row);
      else push(other, first.shard, { there: first, here: { ...trial, shard } });
    }
    for (const [first, rows] of same) {
      findings.push({
        kind: "double",
        folder: shard.folder,
        text: `the same digests as in ${first.folder}: ${nameTrials(rows)}`,
      });
    }
    for (const pairs of other.values()) {
      findings.push({ kind: "differing", folder: shard.folder, text: describeDifference(pairs) });
    }
  }
  return {
    trials: plan.trials.flatMap((trial) => joined.get(trialKey(trial)) ?? []),
    missing: plan.trials.filter((trial) => !joined.has(trialKey(trial))),
    findings,
  };
}

/** All that a trial's rows say, but for times. */
function fingerprint({ row, epochs }: ShardTrial): string {
  return formatRows(TRIAL_COLUMNS, [cellsOf(row)]) + formatRows(EPOCH_COLUMNS, epochs);
}

/** A trial that two shards hold. */
interface Pair {
  readonly there: JoinedTrial;
  readonly here: JoinedTrial;
}

function push<Key, Value>(lists: Map<Key, Value[]>, key: Key, value: Value): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}

/** What a trial's row is told from another by, and how that is shown. */
const TELLING = {
  status: (value: unknown) => `the status ${value}`,
  weightsDigest: (value: unknown) => `weights ${String(value).slice(0, 16)}…`,
  predictionsDigest: (value: unknown) => `predictions ${String(value).slice(0, 16)}…`,
  finalTestAccuracy: (value: unknown) => `accuracy ${value}`,
} as const satisfies { readonly [Column in keyof TrialRow]?: unknown };

function describeDifference(pairs: readonly Pair[]): string {
  const [{ there, here }] = pairs;
  const column = (Object.keys(TELLING) as (keyof typeof TELLING)[])
    .find((each) => there.row[each] !== here.row[each]);
  const value = ({ row }: JoinedTrial) =>
    column === undefined ? "other epochs" : TELLING[column](row[column]);
  const epoch = there.epochs.findIndex((row, index) =>
    formatRows(EPOCH_COLUMNS, [row]) !== formatRows(EPOCH_COLUMNS, here.epochs.slice(index, index + 1))
  );
  return `${trialKey(here.row)} has ${value(here)} here, trained by ${machineOf(here)}, and ${
    value(there)
  } in ${there.shard.folder}, trained by ${machineOf(there)}${
    epoch < 0 ? "" : `; they part in epoch ${epoch + 1}`
  }${
    pairs.length === 1 ? "" : `; so do ${pairs.length - 1} more`
  }. Train it a third time to see which machine is wrong, and leave that one's folder out`;
}

function machineOf({ shard, row }: JoinedTrial): string {
  const invocation = invocationOf(shard.manifest, row);
  if (invocation === undefined) return "an unknown machine";
  const { planned, device } = invocation;
  return planned === undefined ? device : `${planned.host} (${device})`;
}

/** Rows of a GPU repeat on that kind of GPU alone: shards of several do not go together. */
function findMixedDevices(shards: readonly ShardRecord[]): Finding[] {
  const byDevice = Map.groupBy(shards, ({ manifest }) => manifest.engine.device);
  if (byDevice.size <= 1) return [];
  const groups = [...byDevice].sort(([, a], [, b]) => b.length - a.length);
  const [[usual]] = groups;
  return groups.slice(1).flatMap(([device, others]) =>
    others.map(({ folder }): Finding => ({
      kind: "mixed",
      folder,
      text: `trained on "${device}", ${
        groups[0][1].length === 1 ? `${groups[0][1][0].folder}` : `${groups[0][1].length} others`
      } on "${usual}": their bits differ, so leave it out and train its trials on that one`,
    }))
  );
}

/** Where the shards of a plan are known to be, and which trials are in which. */
export interface Sharing {
  readonly count: number;
  /** For each trial of the plan the shard that it is in, from 1. */
  readonly shares: readonly number[];
  /** Folders by the shard's number. */
  readonly folders: ReadonlyMap<number, string>;
}

/** How the plan was shared out, if all shards of it that say so say the same. */
export function findSharing(
  { plan, digest }: PlanFile,
  manifests: readonly Pick<ShardRecord, "folder" | "manifest">[],
): Sharing | undefined {
  const folders = new Map<number, string>(), counts = new Set<number>();
  for (const { folder, manifest } of manifests) {
    for (const { planned } of manifest.invocations) {
      const shard = planned?.plan === digest ? parseShard(planned.shard) : undefined;
      if (shard === undefined) continue;
      counts.add(shard.count);
      folders.set(shard.index, folder);
    }
  }
  const [count] = counts;
  return counts.size === 1 ? { count, shares: shareOut(plan.trials, count), folders } : undefined;
}

/** The shards that lack trials, ascending, with these. */
export function lackingShards(
  { plan }: PlanFile,
  missing: readonly PlannedTrial[],
  { shares }: Sharing,
): ReadonlyMap<number, readonly PlannedTrial[]> {
  const gone = new Set(missing.map(trialKey)), lacking = new Map<number, PlannedTrial[]>();
  plan.trials.forEach((trial, index) => {
    if (!gone.has(trialKey(trial))) return;
    const list = lacking.get(shares[index]);
    if (list === undefined) lacking.set(shares[index], [trial]);
    else list.push(trial);
  });
  return new Map([...lacking].sort(([a], [b]) => a - b));
}

/** `3,7,11-20`: what `sbatch --array` reads. */
export function arrayList(shards: Iterable<number>): string {
  return formatNumberList([...shards]);
}
