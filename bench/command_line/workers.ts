/**
 * How many workers a command line may ask for.
 *
 * @module
 */
import { readWholeNumber } from "./flags.ts";

/** A worker beyond the cores only takes memory, some 8 MB before it trains; tests ask for a few more than there are. */
const WORKERS_PER_CORE = 4;
const ALWAYS_ALLOWED = 16;

/** The largest number of workers that this machine can be asked for. */
export function mostWorkers(cores = navigator.hardwareConcurrency): number {
  return Math.max(ALWAYS_ALLOWED, WORKERS_PER_CORE * cores);
}

/**
 * The value of `--workers`; undefined where it is not given.
 *
 * @throws {UsageError} If it is no whole number, or more than this machine has use for.
 */
export function readWorkers(text: string | undefined): number | undefined {
  return readWholeNumber("--workers", text, { least: 1, most: mostWorkers() });
}
