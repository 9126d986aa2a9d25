/**
 * The plan of a run: a file that says every trial, and everything that decides its weights.
 *
 * It holds the iterations as data, so that the machines that train them need no files but the project's own.
 *
 * @module
 */
import { dirname } from "node:path";
import { sha256Hex } from "../../engine/digest.ts";
import type { Iteration } from "../../models/iteration.ts";
import { validateIteration } from "../../models/validate.ts";
import { reasonOf, UsageError } from "../command_line/errors.ts";
import { quote } from "../command_line/quote.ts";
import { UINT32_MAX } from "../command_line/values.ts";
import type { Commit } from "../run/commit.ts";
import type { FreshSeeds } from "../run/fresh_seeds.ts";
import { fitToPart } from "../run/load_data.ts";
import { configHash, type RecordedIteration, type RunIdentity, SCHEMA } from "../run/manifest.ts";
import { checkManifest, SchemaMismatch } from "../run/manifest_schema.ts";
import { PLANNED_ENGINES, WEIGHTS, type WeightsChoice } from "../run/options.ts";
import { plannedEpochs } from "../run/plan.ts";
import { type TrialId, trialKey } from "../run/rows.ts";
import { readIfThere, writeWhole } from "../run/whole_files.ts";
import { trialWork } from "../run/work.ts";

/** What a plan's file calls itself. */
const KIND = "under20k plan";
const COMMIT = /^[0-9a-f]{6,64}$/;

/** A trial, and what it is estimated to cost. */
export interface PlannedTrial extends TrialId {
  /** Forward multiply-adds × images × epochs. */
  readonly multiplyAdds: number;
}

/** What is to be trained. */
export interface RunPlan extends RunIdentity {
  readonly kind: typeof KIND;
  /** What was checked out where it was planned; null where that is not known. */
  readonly git: Commit | null;
  readonly weights: WeightsChoice;
  /** Ascending by id. */
  readonly iterations: readonly RecordedIteration[];
  /** As they were given, which from a command line is ascending: `weights` may mean the first. */
  readonly seeds: readonly number[];
  /** Where a commit gave the seeds. */
  readonly freshSeeds?: readonly FreshSeeds[];
  /** Iteration by iteration. */
  readonly trials: readonly PlannedTrial[];
}

/** A plan as it was read. */
export interface PlanFile {
  readonly path: string;
  readonly plan: RunPlan;
  /** SHA-256 of the file. */
  readonly digest: string;
}

/** Plans every seed of every iteration. */
export function makePlan(
  identity: RunIdentity,
  { iterations, seeds, weights, git, fresh }: {
    readonly iterations: readonly Iteration[];
    readonly seeds: readonly number[];
    readonly weights: WeightsChoice;
    readonly git: Commit | null;
    readonly fresh?: FreshSeeds;
  },
): RunPlan {
  const unique = [...new Set(seeds)];
  const ascending = iterations.toSorted((a, b) => a.id - b.id);
  return {
    kind: KIND,
    ...identity,
    git,
    weights,
    iterations: ascending.map((iteration) => ({ ...iteration, configHash: configHash(iteration) })),
    seeds: unique,
    ...(fresh === undefined ? {} : { freshSeeds: [fresh] }),
    trials: ascending.flatMap((iteration) => {
      const epochs = plannedEpochs(iteration, identity.epochs ?? undefined);
      // all seeds of an iteration cost the same
      const [fitted] = fitToPart([{ iteration, seed: 0, epochs }], identity);
      const multiplyAdds = trialWork(fitted, identity.dataset.trainImages);
      return unique.toSorted((a, b) => a - b).map((seed) => ({
        iteration: iteration.id,
        seed,
        multiplyAdds,
      }));
    }),
  };
}

/** The text of a plan's file, a line for each trial. */
export function formatPlan(plan: RunPlan): string {
  const { trials, ...rest } = plan;
  const head = JSON.stringify(rest, null, 2).replace(/\n\}$/, "");
  return `${head},\n  "trials": [\n${
    trials.map((trial) => `    ${JSON.stringify(trial)}`).join(",\n")
  }\n  ]\n}\n`;
}

/**
 * Writes a plan, or finds the same one there.
 *
 * @throws {UsageError} If it cannot be written, or another file is there: shards may belong to that.
 */
export function writePlan(path: string, plan: RunPlan): void {
  const text = formatPlan(plan), there = readIfThere(path);
  if (there === text) return;
  if (there !== undefined) {
    throw new UsageError(
      `Cannot write "${path}": expected no file there or the same plan, got another file; choose another --out or remove it`,
    );
  }
  try {
    try {
      writeWhole(path, text);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      Deno.mkdirSync(dirname(path), { recursive: true });
      writeWhole(path, text);
    }
  } catch (error) {
    throw new UsageError(
      `Cannot write "${path}": expected a place that can be written, got "${
        reasonOf(error)
      }"; choose another --out`,
      { cause: error },
    );
  }
}

/**
 * Reads a plan.
 *
 * @throws {UsageError} If there is none, or it is not what a plan must be.
 */
export function readPlan(path: string): PlanFile {
  const text = readIfThere(path);
  if (text === undefined) {
    throw new UsageError(
      `Cannot read the plan "${path}": expected a file, got none; make one with \`deno task plan:run\``,
    );
  }
  try {
    return { path, plan: parsePlan(text), digest: sha256Hex(new TextEncoder().encode(text)) };
  } catch (error) {
    if (!(error instanceof SchemaMismatch)) throw error;
    throw new UsageError(
      `Cannot read the plan "${path}": ${error.message}; make it anew with \`deno task plan:run\``,
    );
  }
}

/** @throws {SchemaMismatch} At the first thing that is not what a plan must be. */
function parsePlan(text: string): RunPlan {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\ufeff/, ""));
  } catch (error) {
    throw new SchemaMismatch("JSON", quote(reasonOf(error)));
  }
  const plan = value as Partial<RunPlan> | null;
  if (plan?.kind !== KIND) throw new SchemaMismatch(`the kind "${KIND}"`, show(plan?.kind));
  if (plan.schema !== SCHEMA) throw new SchemaMismatch(`schema ${SCHEMA}`, show(plan.schema));
  const unknown = Object.keys(plan).find((field) => !FIELDS.has(field));
  if (unknown !== undefined) throw new SchemaMismatch(`one of ${[...FIELDS].join(", ")}`, quote(unknown));
  const { kind: _, git, weights, trials, ...manifest } = plan;
  checkManifest({ ...manifest, invocations: [] });
  const whole = plan as RunPlan;
  if (!PLANNED_ENGINES.some((name) => name === whole.engine.name)) {
    throw new SchemaMismatch(`an engine of ${PLANNED_ENGINES.join(", ")}`, show(whole.engine.name));
  }
  if (!WEIGHTS.includes(whole.weights)) {
    throw new SchemaMismatch(`weights of ${WEIGHTS.join(", ")}`, show(weights));
  }
  if (git !== null && !(COMMIT.test(git?.commit ?? "") && [true, false, null].includes(git?.dirty ?? null))) {
    throw new SchemaMismatch('null or a commit and whether files differ from it in "git"', show(git));
  }
  whole.iterations.forEach(checkIteration);
  if (!Array.isArray(trials) || trials.length === 0) {
    throw new SchemaMismatch("a list of trials", show(trials));
  }
  checkTrials(whole);
  return whole;
}

const FIELDS: ReadonlySet<string> = new Set(
  [
    "kind",
    "schema",
    "dataset",
    "validation",
    "engine",
    "quick",
    "epochs",
    "git",
    "weights",
    "iterations",
    "seeds",
    "freshSeeds",
    "trials",
  ] satisfies (keyof RunPlan)[],
);

function checkIteration({ configHash: recorded, ...iteration }: RecordedIteration): void {
  const name = `iteration ${iteration.id}`;
  try {
    validateIteration(iteration, name);
  } catch (error) {
    throw new SchemaMismatch("an iteration that can be trained", quote(reasonOf(error)));
  }
  const found = configHash(iteration);
  if (found !== recorded) {
    throw new SchemaMismatch(`layers and training of ${name} with SHA-256 ${recorded}`, found);
  }
}

function checkTrials({ iterations, seeds, trials }: RunPlan): void {
  const ids = new Set(iterations.map(({ id }) => id)), allowed = new Set(seeds), seen = new Set<string>();
  for (const [index, trial] of trials.entries()) {
    // a file that was edited may hold anything in the list
    const { iteration, seed, multiplyAdds } = (trial ?? {}) as PlannedTrial;
    const isTrial = ids.has(iteration) && allowed.has(seed) && seed <= UINT32_MAX && multiplyAdds > 0 &&
      multiplyAdds < Infinity && Object.keys(trial).length === 3;
    if (!isTrial) {
      throw new SchemaMismatch(
        `an iteration and a seed of the plan with their multiplyAdds in "trials[${index}]"`,
        show(trial),
      );
    }
    if (seen.has(trialKey(trial))) throw new SchemaMismatch("each trial once", `${trialKey(trial)} twice`);
    seen.add(trialKey(trial));
  }
}

function show(value: unknown): string {
  return value === undefined ? "none" : quote(JSON.stringify(value));
}

/** The iterations of a plan as they are trained. */
export function iterationsOf({ iterations }: RunPlan): Iteration[] {
  return iterations.map(({ configHash: _, ...iteration }) => iteration);
}

/** Whether the plan wants a trial's weights kept; `first` is the first seed of the whole plan, in whatever shard. */
export function plansWeights({ weights, seeds }: RunPlan, { seed }: { readonly seed: number }): boolean {
  return weights === "all" || (weights === "first" && seed === seeds[0]);
}
