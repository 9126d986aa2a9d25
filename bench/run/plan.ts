/**
 * Which trials a run consists of.
 *
 * @module
 */
import type { Trial } from "../../engine/engine.ts";
import type { Iteration } from "../../models/iteration.ts";
import { UsageError } from "../command_line/errors.ts";
import type { BenchOptions } from "./options.ts";
import type { TrialId } from "./rows.ts";

/** Epochs that a trial of `iteration` runs: its own length, or fewer. */
export function plannedEpochs(iteration: Iteration, limit: number | undefined): number {
  return Math.min(iteration.training.epochs, limit ?? Infinity);
}

/**
 * Refuses to stop trainings after epochs that none of them has: results would be called stopped that are whole.
 *
 * @throws {UsageError} If every recipe ends by then; a quick run has as many as there are.
 */
export function checkEpochLimit(
  iterations: readonly Iteration[],
  { epochs, quick }: Pick<BenchOptions, "epochs" | "quick">,
): void {
  if (epochs === undefined || quick || iterations.length === 0) return;
  const longest = Math.max(...iterations.map(({ training }) => training.epochs));
  if (epochs < longest) return;
  const whole = `the ${longest} that ${
    iterations.length === 1 ? "the recipe has" : "the longest recipe has"
  }`;
  throw new UsageError(
    `Cannot use --epochs: expected fewer than ${whole}, got ${epochs}; leave it out to train all of them`,
  );
}

/**
 * Iterations × seeds without those that are left out: iteration by iteration so that the first verdict comes early, or,
 * for runs of hours, seed by seed so that there is soon something of everything.
 */
export function planTrials(
  iterations: readonly Iteration[],
  seeds: readonly number[],
  options: {
    readonly epochs?: number;
    readonly seedBySeed?: boolean;
    readonly isLeftOut?: (trial: TrialId) => boolean;
  } = {},
): Trial[] {
  const trial = (iteration: Iteration, seed: number): Trial[] =>
    options.isLeftOut?.({ iteration: iteration.id, seed })
      ? []
      : [{ iteration, seed, epochs: plannedEpochs(iteration, options.epochs) }];
  return options.seedBySeed
    ? seeds.flatMap((seed) => iterations.flatMap((iteration) => trial(iteration, seed)))
    : iterations.flatMap((iteration) => seeds.flatMap((seed) => trial(iteration, seed)));
}

/** Trials of other iterations: those of one stay of one, since engines train the trials of an iteration together. */
export function withIterations(
  trials: readonly Trial[],
  change: (iteration: Iteration) => Iteration,
): Trial[] {
  const made = new Map<Iteration, Iteration>();
  return trials.map((trial) => {
    const iteration = made.get(trial.iteration) ?? change(trial.iteration);
    made.set(trial.iteration, iteration);
    return { ...trial, iteration };
  });
}
