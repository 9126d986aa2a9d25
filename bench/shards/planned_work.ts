/**
 * What a run that follows a plan is to train: all of it, a shard, or some of its iterations and seeds.
 *
 * @module
 */
import { basename } from "node:path";
import type { Engine } from "../../engine/engine.ts";
import type { Iteration } from "../../models/iteration.ts";
import { UsageError } from "../command_line/errors.ts";
import { formatNumberList } from "../command_line/format.ts";
import type { Shard } from "../command_line/values.ts";
import type { Commit } from "../run/commit.ts";
import { recordedDataset } from "../run/dataset_name.ts";
import { hostName } from "../run/environment.ts";
import { type PlannedPart, runDifference, type RunIdentity } from "../run/manifest.ts";
import type { BenchOptions, EngineChoice } from "../run/options.ts";
import { type TrialId, trialKey } from "../run/rows.ts";
import { iterationsOf, type PlanFile, type PlannedTrial, readPlan, type RunPlan } from "./plan_file.ts";
import { trialsOfShard } from "./share.ts";

/** A part of a plan. */
export interface PlannedWork {
  readonly file: PlanFile;
  /** Those of which it has trials. */
  readonly iterations: readonly Iteration[];
  /** What the plan decides of how it is trained. */
  readonly options: Partial<BenchOptions>;
  /** Added to the name of the folder that it goes to where none is named. */
  readonly suffix: string;
  /** For people: `shard 3/8 of plan.json`. */
  readonly title: string;
  /** For the manifest. */
  readonly part: PlannedPart;
  includes(trial: TrialId): boolean;
}

/**
 * Reads what `options` ask for of the plan that they name; undefined where they name none.
 *
 * @throws {UsageError} If the plan cannot be read, or lacks an iteration or a seed that is named.
 */
export function planWork(options: BenchOptions): PlannedWork | undefined {
  if (options.plan === undefined) return undefined;
  const file = readPlan(options.plan), { plan } = file, { shard } = options;
  const trials = shard === undefined ? narrow(file, options) : trialsOfShard(plan.trials, shard);
  const keys = new Set(trials.map(trialKey)), ids = new Set(trials.map(({ iteration }) => iteration));
  const number = shard === undefined ? undefined : `${shard.index}/${shard.count}`;
  const name = basename(file.path);
  return {
    file,
    iterations: iterationsOf(plan).filter(({ id }) => ids.has(id)),
    options: {
      iterations: undefined,
      seeds: plan.seeds,
      epochs: plan.epochs ?? undefined,
      engine: plan.engine.name as EngineChoice,
      ...recordedDataset(plan.dataset.name, { data: options.data, task: `train "${file.path}"` }),
      quick: plan.quick,
      validate: plan.validation !== undefined,
      weights: plan.weights,
      // whoever puts the shards together judges: a job that waits for this one must not be kept from it
      assert: false,
    },
    suffix: shard === undefined ? "" : `-shard-${shard.index}-of-${shard.count}`,
    title: number === undefined ? name : `shard ${number} of ${name}`,
    part: { plan: file.digest, ...(number === undefined ? {} : { shard: number }), host: hostName() },
    includes: (trial) => keys.has(trialKey(trial)),
  };
}

/** The trials of the iterations and seeds that are named; all where none are. */
function narrow({ path, plan }: PlanFile, { iterations, seeds }: BenchOptions): readonly PlannedTrial[] {
  const refuse = (what: string, wanted: string, got: string) =>
    new UsageError(
      `Cannot train a part of "${path}": expected ${what} of the plan (${wanted}), got ${got}; leave it out`,
    );
  const ids = plan.iterations.map(({ id }) => id);
  const stranger = iterations?.find((name) => typeof name !== "number" || !ids.includes(name));
  if (stranger !== undefined) throw refuse("iterations", formatNumberList(ids), String(stranger));
  const foreign = seeds?.find((seed) => !plan.seeds.includes(seed));
  if (foreign !== undefined) throw refuse("seeds", formatNumberList(plan.seeds), String(foreign));
  return plan.trials.filter(({ iteration, seed }) =>
    (iterations?.includes(iteration) ?? true) && (seeds?.includes(seed) ?? true)
  );
}

/** The plan's identity with the device of rows that follow it: a plan names none. */
export function identityOn(plan: RunPlan, { engine: { device } }: RunIdentity): RunIdentity {
  const { schema, dataset, validation, engine, quick, epochs } = plan;
  return {
    schema,
    dataset,
    ...(validation === undefined ? {} : { validation }),
    engine: { name: engine.name, version: engine.version, ...(device === undefined ? {} : { device }) },
    quick,
    epochs,
  };
}

/**
 * Checks that rows measured here would be those of the plan.
 *
 * @throws {UsageError} At the first difference: other data, another engine, a processor without fused multiply-add.
 */
export function checkPlannedHere(
  { path, plan }: PlanFile,
  here: RunIdentity,
  { device }: Pick<Engine, "device">,
): void {
  const other = runDifference(identityOn(plan, here), here);
  if (other === undefined) return;
  const next = here.engine.name === "wasm-unfused"
    ? "train this part on a processor that fuses multiply and add, as x86-64 has since 2013 and ARM64 always"
    : "train it with the data and the version of the project that it was planned with, or plan anew";
  throw new UsageError(
    `Cannot train "${path}" on ${device.description}: expected ${other.what} ${other.there} as planned, got ${other.here}; ${next}`,
  );
}

/** That another commit is checked out than was planned with: the engine's version decides the bits, so it is no error. */
export function commitWarning({ path, plan }: PlanFile, git: Commit | null): string[] {
  if (plan.git === null || git === null || plan.git.commit === git.commit) return [];
  const short = (commit: string) => commit.slice(0, 12);
  return [`"${path}" was planned at commit ${short(plan.git.commit)}, this is ${short(git.commit)}`];
}

/** `3/8` as it is written in a manifest; undefined where it is none. */
export function parseShard(text: string | undefined): Shard | undefined {
  const parts = text?.match(/^(\d{1,6})\/(\d{1,6})$/);
  return parts ? { index: Number(parts[1]), count: Number(parts[2]) } : undefined;
}
