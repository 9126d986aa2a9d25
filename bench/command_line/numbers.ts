/**
 * Shares that a command line gives.
 *
 * @module
 */
import { UsageError } from "./errors.ts";

/** What a flag's number must be. */
export interface NumberLimits {
  /** In words: `a percentage such as 99.4`. */
  readonly wanted: string;
  readonly above: number;
  readonly upTo: number;
}

/**
 * The number that a flag gives.
 *
 * @throws {UsageError} If the text is no number, or one outside the limits.
 */
export function readNumber(flag: string, text: string, { wanted, above, upTo }: NumberLimits): number {
  const value = /^\d*\.?\d+$/.test(text.trim()) ? Number(text) : NaN;
  if (!(value > above && value <= upTo)) {
    throw new UsageError(`Cannot use --${flag}: expected ${wanted}, got "${text}"`);
  }
  return value;
}

/** An accuracy in percent, as a fraction. */
export function readPercent(flag: string, text: string): number {
  // A fraction where a percentage belongs would be taken for a very low accuracy.
  return readNumber(flag, text, { wanted: "a percentage above 1 such as 99.4", above: 1, upTo: 100 }) / 100;
}

/** A difference of accuracies in percentage points, as a fraction. */
export function readPoints(flag: string, text: string): number {
  return readNumber(flag, text, { wanted: "percentage points above 0 such as 0.05", above: 0, upTo: 100 }) /
    100;
}

/** A level or a power, between 0 and 1. */
export function readShare(flag: string, text: string): number {
  return readNumber(flag, text, { wanted: "a number between 0 and 1", above: 0, upTo: 1 - Number.EPSILON });
}
