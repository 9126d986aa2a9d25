/**
 * How many seeds it takes to show that a mean accuracy is above a target.
 *
 * @module
 */
import { UsageError } from "../command_line/errors.ts";
import { type CompletedTrialRow, isCompleted } from "../run/rows.ts";
import type { RunRecord } from "../run/run_folder.ts";
import { reaches } from "../run/summary.ts";
import {
  describe,
  deviationInterval,
  type Distribution,
  leastDeviation,
  oneSamplePower,
  requiredCount,
} from "../statistics/mod.ts";

/** Of the interval of a measured deviation, whose upper end gives the cautious plan. */
export const CAUTION = 0.8;

/** What is to be shown, and how surely; accuracies are fractions. */
export interface Goal {
  readonly target: number;
  readonly alpha: number;
  readonly power: number;
}

/** A plan from a mean and a deviation that are supposed. */
export interface SupposedPlan {
  readonly mean: number;
  readonly deviation: number;
  /** The smallest number that suffices; null where it is above `MOST_TRIALS`. */
  readonly seeds: number | null;
  /** Chance of success with other numbers, ascending. */
  readonly powers: readonly { readonly seeds: number; readonly power: number }[];
}

/** A plan from an iteration's trials. */
export interface MeasuredPlan {
  readonly iteration: number;
  /** Of the final accuracies; absent without completed trials. */
  readonly measured?: Distribution;
  /** Whether there is a plan, and why not. */
  readonly status: "planned" | "no trials" | "mean not above" | "one seed";
  /** Where planned: the smallest number that suffices; null where it is above `MOST_TRIALS`. */
  readonly seeds?: number | null;
  /** The same with the upper end of the deviation's interval. */
  readonly cautiousSeeds?: number | null;
}

/** The smallest n whose power suffices; undefined where none up to `MOST_TRIALS` does. */
export function requiredSeeds(mean: number, deviation: number, goal: Goal): number | undefined {
  return requiredCount(goal.power, powerOf(mean, deviation, goal));
}

function powerOf(mean: number, deviation: number, { target, alpha }: Goal): (n: number) => number {
  return (n) => oneSamplePower(n, { shift: mean - target, deviation, alpha });
}

/** Plans for a mean above the target, and a deviation. */
export function planFromNumbers(mean: number, deviation: number, goal: Goal): SupposedPlan {
  const n = requiredSeeds(mean, deviation, goal), power = powerOf(mean, deviation, goal);
  const shown = n === undefined ? [] : [2, 3, 5, 10, 20, 50, 100, 200, 500, 1000, n]
    .filter((count) => count >= 2 && count <= Math.max(n, 5));
  return {
    mean,
    deviation,
    seeds: n ?? null,
    powers: [...new Set(shown)].sort((a, b) => a - b).map((seeds) => ({ seeds, power: power(seeds) })),
  };
}

/**
 * Plans each iteration of a run, or one of them, from its measured mean and deviation.
 *
 * @throws {UsageError} If the run has no trials of that iteration.
 */
export function planFromRun(
  { trials, manifest: { dataset } }: RunRecord,
  goal: Goal,
  options: { readonly path: string; readonly iteration?: number },
): MeasuredPlan[] {
  const { path, iteration: wanted } = options;
  const ids = [...new Set(trials.map((trial) => trial.iteration))].sort((a, b) => a - b);
  if (wanted !== undefined && !ids.includes(wanted)) {
    throw new UsageError(
      `Cannot use --iteration: expected one with trials in "${path}" (${ids.join(", ")}), got "${wanted}"`,
    );
  }
  return ids.filter((id) => wanted === undefined || id === wanted).map((iteration) => {
    const completed = trials.filter((trial): trial is CompletedTrialRow =>
      trial.iteration === iteration && isCompleted(trial)
    );
    const measured = describe(completed.map((trial) => trial.finalTestAccuracy));
    return {
      iteration,
      ...(measured === undefined
        ? { status: "no trials" }
        : planMeasured(measured, goal, 1 / dataset.testImages)),
    };
  });
}

function planMeasured(measured: Distribution, goal: Goal, unit: number): Omit<MeasuredPlan, "iteration"> {
  const { mean, deviation } = measured;
  if (reaches(goal.target, mean)) return { measured, status: "mean not above" };
  const interval = deviationInterval(measured, { unit, confidence: CAUTION });
  if (deviation === undefined || interval === undefined) return { measured, status: "one seed" };
  return {
    measured,
    status: "planned",
    seeds: requiredSeeds(mean, leastDeviation(deviation, { unit }), goal) ?? null,
    cautiousSeeds: requiredSeeds(mean, interval.high, goal) ?? null,
  };
}
