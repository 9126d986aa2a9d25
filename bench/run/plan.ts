/**
 * Which trials a run consists of.
 *
 * @module
 */
import type { Trial } from "../../engine/engine.ts";
import type { Iteration } from "../../models/types.ts";
import { UsageError } from "../command_line/errors.ts";
import type { TrialId } from "./rows.ts";

/**
 * The iterations with these numbers, ascending; all where none are named.
 *
 * @throws {UsageError} If there is no iteration with such a number; the message lists those that there are.
 */
export function selectIterations(
  catalog: readonly Iteration[],
  ids: readonly number[] | undefined,
): Iteration[] {
  const sorted = [...catalog].sort((a, b) => a.id - b.id);
  if (ids === undefined) return sorted;
  const unknown = ids.find((id) => !sorted.some((iteration) => iteration.id === id));
  if (unknown !== undefined) {
    throw new UsageError(
      `Cannot use --iterations: expected one of ${
        sorted.map((iteration) => iteration.id).join(", ")
      }, got "${unknown}"`,
    );
  }
  return sorted.filter((iteration) => ids.includes(iteration.id));
}

/** Epochs that a trial of `iteration` runs: its own length, or fewer. */
export function plannedEpochs(iteration: Iteration, limit: number | undefined): number {
  return Math.min(iteration.training.epochs, limit ?? Infinity);
}

/** Iterations × seeds, iteration by iteration so that the first verdict comes early, without those finished. */
export function planTrials(
  iterations: readonly Iteration[],
  seeds: readonly number[],
  options: { readonly epochs?: number; readonly isFinished: (trial: TrialId) => boolean },
): Trial[] {
  return iterations.flatMap((iteration) =>
    seeds
      .filter((seed) => !options.isFinished({ iteration: iteration.id, seed }))
      .map((seed) => ({ iteration, seed, epochs: plannedEpochs(iteration, options.epochs) }))
  );
}
