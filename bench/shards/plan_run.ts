/**
 * Plans a run: finds iterations, data and commit, and writes down every trial.
 *
 * @module
 */
import { asUsageError, UsageError } from "../command_line/errors.ts";
import { formatCount, formatNumberList, plural } from "../command_line/format.ts";
import { looksLikePath } from "../command_line/flags.ts";
import { word } from "../command_line/quote.ts";
import { runTitle } from "../report/report.ts";
import { deriveFreshSeeds } from "../run/fresh_seeds.ts";
import { identityOf } from "../run/identity.ts";
import { loadImages } from "../run/load_data.ts";
import { type BenchOptions, defaultSeeds, type PlannedEngine } from "../run/options.ts";
import type { Surroundings } from "../run/surroundings.ts";
import { planCommand } from "./merge_text.ts";
import { checkEpochLimit } from "../run/plan.ts";
import { makePlan, type RunPlan, writePlan } from "./plan_file.ts";
import { shardCosts } from "./share.ts";

/** The version of an engine, which need not run here: plans are made where jobs are submitted. */
async function versionOf(engine: PlannedEngine): Promise<number> {
  return engine === "wasm"
    ? (await import("../../engine/wasm/mod.ts")).ENGINE_VERSION
    : (await import("../../engine/webgpu/mod.ts")).ENGINE_VERSION;
}

/** What is to be planned. */
export interface PlanRequest {
  readonly options: BenchOptions & { readonly engine: PlannedEngine };
  readonly out: string;
  /** Parts to show the costs of; absent for none. */
  readonly shards?: number;
}

/**
 * Plans and writes; returns what to say.
 *
 * @throws {UsageError} If an iteration is unknown or broken, or the file cannot be written.
 * @throws {DataError} If the data set cannot be had.
 */
export async function planRun(
  { options, out, shards }: PlanRequest,
  surroundings: Surroundings,
): Promise<string> {
  const { git } = surroundings.readEnvironment();
  const fresh = options.freshSeeds === undefined
    ? undefined
    : deriveFreshSeeds(options.freshSeeds, git, { problem: surroundings.commitProblem() });
  const named = options.iterations;
  const iterations = await asUsageError(() =>
    named === undefined ? surroundings.loadIterations() : surroundings.loadNamedIterations(named)
  );
  checkEpochLimit(iterations, options);
  const { dataset, validation } = await loadImages(options, surroundings);
  const engine = { name: options.engine, version: await versionOf(options.engine) };
  const seeds = fresh?.seeds ?? options.seeds ??
    defaultSeeds({ quick: options.quick, onGpu: engine.name === "webgpu" });
  const plan = makePlan(identityOf(options, { dataset, validation, engine }), {
    iterations,
    seeds,
    weights: options.weights,
    git,
    fresh,
  });
  if (shards !== undefined && shards > plan.trials.length) {
    throw new UsageError(
      `Cannot share out the plan: expected at most ${
        plural(plan.trials.length, "shard")
      }, one for each trial, got ${formatCount(shards)}; name fewer`,
    );
  }
  writePlan(out, plan);
  // a folder of one's own is named again by whoever trains or merges: the plan holds what is in it, not where it lies
  const data = options.data ?? (looksLikePath(options.dataset) ? options.dataset : undefined);
  return describePlan(plan, { out, data, shards, commitProblem: surroundings.commitProblem() });
}

function describePlan(
  plan: RunPlan,
  { out, data, shards, commitProblem }: {
    readonly out: string;
    readonly data?: string;
    readonly shards?: number;
    readonly commitProblem?: string;
  },
): string {
  const { iterations, seeds, trials, git } = plan;
  const total = trials.reduce((sum, { multiplyAdds }) => sum + multiplyAdds, 0);
  const number = shards ?? Math.min(8, plan.trials.length);
  return [
    `data     ${runTitle(plan)}`,
    `trials   iterations ${formatNumberList(iterations.map(({ id }) => id))} × seeds ${
      formatNumberList(seeds)
    }: ${formatCount(trials.length)}`,
    `work     ${inWords(total)} multiply-adds of forward passes`,
    `commit   ${git?.commit ?? "unknown"}${git?.dirty ? ", with changes that are not committed" : ""}`,
    ...(commitProblem === undefined ? [] : [`warning  the commit is not recorded in full: ${commitProblem}`]),
    ...(shards === undefined ? [] : [balanceLine(plan, shards)]),
    "",
    `Planned: ${out}. Train its parts anywhere, then put them together:`,
    `  ${planCommand(out, data)} --shard 1/${number} --out shards/1`,
    `  deno task merge shards/* --plan ${word(out)}${data === undefined ? "" : ` --data ${word(data)}`}`,
    "",
  ].join("\n");
}

function balanceLine({ trials }: RunPlan, shards: number): string {
  const costs = shardCosts(trials, shards);
  const mean = costs.reduce((sum, cost) => sum + cost, 0) / shards, most = Math.max(...costs);
  return `shards   ${formatCount(shards)} of about ${inWords(mean)} each, the dearest ${
    ((most / mean - 1) * 100).toFixed(1)
  } % above that`;
}

/** `2.1e15`. */
function inWords(multiplyAdds: number): string {
  return multiplyAdds.toExponential(1).replace("e+", "e");
}
