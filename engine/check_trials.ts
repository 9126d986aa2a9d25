/**
 * Which trials an engine is given, checked once, at its door: what slips through here is trained on silently.
 *
 * @module
 */
import { show } from "../models/fields.ts";
import { validateIteration } from "../models/validate.ts";
import type { Trial } from "./engine.ts";

/** Everything random is drawn with a seed of 32 bits: others would be one of these. */
const LARGEST_SEED = 0xffff_ffff;

/**
 * Refuses trials that no engine can mean: iterations that `validateIteration` refuses, seeds that are no uint32, and
 * more epochs than the iteration's schedule has.
 *
 * @throws {TypeError | RangeError} As `validateIteration`.
 * @throws {RangeError} If a seed or a number of epochs is none; the message names the trial's index.
 */
export function checkTrials(trials: readonly Trial[]): void {
  const checked = new Set<unknown>();
  for (const [index, { iteration, seed, epochs }] of trials.entries()) {
    // trials of many seeds share theirs
    if (!checked.has(iteration)) validateIteration(iteration);
    checked.add(iteration);
    const start = `Cannot train trial ${index}: expected`;
    if (!isWhole(seed, 0, LARGEST_SEED)) {
      throw new RangeError(
        `${start} a whole number from 0 to ${LARGEST_SEED} as its seed, got ${show(seed)}`,
      );
    }
    const most = iteration.training.epochs;
    if (!isWhole(epochs, 1, most)) {
      throw new RangeError(
        `${start} 1 to ${most} epochs, as iteration ${iteration.id} has, got ${show(epochs)}; ` +
          '"training.epochs" of the iteration is the schedule\'s length as well',
      );
    }
  }
}

const isWhole = (value: number, least: number, most: number): boolean =>
  Number.isInteger(value) && value >= least && value <= most;
