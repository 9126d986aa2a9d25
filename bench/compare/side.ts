/**
 * One side of a comparison: an iteration with its trials, each with its final predictions.
 *
 * @module
 */
import type { Iteration } from "../../models/iteration.ts";
import type { RunIdentity, Tried } from "../run/manifest.ts";
import { type CompletedTrialRow, isCompleted, type TrialRow } from "../run/rows.ts";

/** A trial that ran to its end. */
export interface SideTrial {
  readonly row: CompletedTrialRow;
  /** uint8 [N], the digits that it took the test images for. */
  readonly predictions: Uint8Array;
  /** Of the whole training; absent where it was not timed. */
  readonly trainSeconds?: number;
}

/** All that is compared of one iteration. */
export interface Side {
  /** As it was named on the command line. */
  readonly name: string;
  readonly iteration: Iteration;
  readonly identity: RunIdentity & { readonly tried?: Tried };
  /** Folders that its trials are from. */
  readonly folders: readonly string[];
  /** Ascending by seed, each once. */
  readonly trials: readonly SideTrial[];
  /** Trials that did not complete, in words: `seed 3 diverged`. */
  readonly lost: readonly string[];
  /** On what its trials were trained, where that was the same for all: times can be compared where it is. */
  readonly machine?: string;
}

/** The trials among `rows` that did not complete, as `Side` has them. */
export function lostTrials(rows: readonly TrialRow[]): string[] {
  return rows.filter((row) => !isCompleted(row)).map(({ seed, status }) => `seed ${seed} ${status}`);
}

/** Seeds that both sides have. */
export function commonSeeds(a: Side, b: Side): number[] {
  const there = new Set(b.trials.map(({ row }) => row.seed));
  return a.trials.map(({ row }) => row.seed).filter((seed) => there.has(seed));
}
