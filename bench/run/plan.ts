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

/** Iterations × seeds, iteration by iteration so that the first verdict comes early, without those that are left out. */
export function planTrials(
  iterations: readonly Iteration[],
  seeds: readonly number[],
  options: { readonly epochs?: number; readonly isLeftOut?: (trial: TrialId) => boolean } = {},
): Trial[] {
  return iterations.flatMap((iteration) =>
    seeds
      .filter((seed) => !options.isLeftOut?.({ iteration: iteration.id, seed }))
      .map((seed) => ({ iteration, seed, epochs: plannedEpochs(iteration, options.epochs) }))
  );
}
