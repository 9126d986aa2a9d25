/**
 * Which trials a run consists of.
 *
 * @module
 */
import type { Trial } from "../../engine/engine.ts";
import type { Iteration } from "../../models/iteration.ts";
import type { TrialId } from "./rows.ts";

/** Epochs that a trial of `iteration` runs: its own length, or fewer. */
export function plannedEpochs(iteration: Iteration, limit: number | undefined): number {
  return Math.min(iteration.training.epochs, limit ?? Infinity);
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
