/**
 * What the published results of the same recipe let a run be expected to reach.
 *
 * A criterion that an unchanged recipe fails by chance now and then says nothing where it fails. So its limits are
 * computed from the reference, for as many trials as a run has, and an unchanged recipe fails in at most
 * `FALSE_ALARM_RATE` of runs: half of it for the final accuracy, half for the target.
 *
 * @module
 */
import type { Iteration } from "../../models/iteration.ts";
import { canonicalJson, configHash, type RunIdentity } from "../run/manifest.ts";
import { isCompleted } from "../run/rows.ts";
import type { RunRecord } from "../run/run_record.ts";
import { epochsToTarget } from "../run/summary.ts";
import {
  describe,
  type Distribution,
  fisherTest,
  leastDeviation,
  type Share,
  tQuantile,
} from "../statistics/mod.ts";

/** Runs of an unchanged recipe that fail a criterion, at most. */
export const FALSE_ALARM_RATE = 0.01;

/**
 * Tail of Student's t beyond which a mean accuracy counts as too low.
 *
 * Where trials spread normally, as many runs fail. Those of networks lean to the left: iteration 3's do, and with a
 * skewness of −1 up to ten times as many fail, which is half of `FALSE_ALARM_RATE`. `tests/bench/judge` simulates both.
 */
const ACCURACY_TAIL = 0.0005;
/** Of the test that too few trials reach the target. */
export const TARGET_LEVEL = FALSE_ALARM_RATE / 2;
/** Of fewer trials the spread is not known. */
const FEWEST_TRIALS = 3;

/** The published trials of a recipe. */
export interface ReferenceTrials {
  /** Final test accuracy of those that completed, at least three. */
  readonly final: Distribution & { readonly deviation: number };
  /** How many of all reached the target in some epoch; absent where the test set was not looked at in every epoch. */
  readonly target?: Share;
}

/**
 * The trials of an iteration that was trained the same, by the first of the published results that have some; undefined
 * where they have too few, or of other data.
 */
export function referenceTrials(
  iteration: Iteration,
  run: Pick<RunIdentity, "dataset">,
  references: readonly RunRecord[],
): ReferenceTrials | undefined {
  return references.map((reference) => trialsIn(reference, iteration, run)).find((trials) =>
    trials !== undefined
  );
}

function trialsIn(
  reference: RunRecord,
  iteration: Iteration,
  run: Pick<RunIdentity, "dataset">,
): ReferenceTrials | undefined {
  const { quick, epochs, dataset, iterations } = reference.manifest;
  if (quick || epochs !== null || canonicalJson(dataset) !== canonicalJson(run.dataset)) return undefined;
  const hash = configHash(iteration), id = iterations.find((each) => each.configHash === hash)?.id;
  const trials = reference.trials.filter((trial) => trial.iteration === id);
  const final = describe(trials.filter(isCompleted).map(({ finalTestAccuracy }) => finalTestAccuracy));
  if (final?.deviation === undefined || final.n < FEWEST_TRIALS) return undefined;
  const reached = epochsToTarget(trials)?.filter(Number.isFinite);
  return {
    // three that tie would leave a run no room at all
    final: { ...final, deviation: leastDeviation(final.deviation, { unit: 1 / dataset.testImages }) },
    target: reached && { count: reached.length, total: trials.length },
  };
}

/**
 * The least mean final accuracy of `count` trials: mean − t·SD·√(1/n + 1/count) of the reference's n.
 *
 * A prediction bound. Source: Hahn and Meeker, "Statistical Intervals" (1991), 4.8.
 */
export function accuracyBound({ final: { n, mean, deviation } }: ReferenceTrials, count: number): number {
  return mean - tQuantile(1 - ACCURACY_TAIL, n - 1) * deviation * Math.sqrt(1 / n + 1 / count);
}

/** Whether most of the reference's trials reach the target: else it is not expected of any. */
export function expectsTarget({ count, total }: Share): boolean {
  return 2 * count >= total;
}

/** How likely so few trials reach the target by chance, and whether that is too few. */
export function judgeTarget(
  target: Share,
  seen: Share,
): { readonly p: number; readonly isTooFew: boolean } {
  const p = fisherTest(seen, target);
  return { p, isTooFew: p < TARGET_LEVEL };
}
