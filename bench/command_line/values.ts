/**
 * What the values of flags mean: numbers, lists of numbers, names of a choice.
 *
 * @module
 */
import { UsageError } from "./errors.ts";

/** Largest uint32: seeds are such. */
export const UINT32_MAX = 0xffff_ffff;
/** Most numbers that a list may stand for. */
const MOST_NUMBERS = 10_000;
/** A worker beyond the cores takes 8 MB and more, for nothing. */
const WORKERS_PER_CORE = 4;
/** Tests ask for a few more workers than there are cores. */
const WORKERS_ANYWHERE = 16;

/** Least and most that a whole number may be. */
export interface WholeNumberLimits {
  readonly least: number;
  readonly most: number;
}

/** The limits of an iteration's number. */
export const ITERATION_LIMITS: WholeNumberLimits = { least: 1, most: 9999 };
/** The limits of a seed. */
export const SEED_LIMITS: WholeNumberLimits = { least: 0, most: UINT32_MAX };
/** The limits of a number of epochs. */
export const EPOCH_LIMITS: WholeNumberLimits = { least: 1, most: 100_000 };
/** The limits of a number of workers, here or on a machine with so many cores. */
export function workerLimits(cores: number = navigator.hardwareConcurrency): WholeNumberLimits {
  return { least: 1, most: Math.max(WORKERS_ANYWHERE, WORKERS_PER_CORE * cores) };
}

/**
 * The whole number that a flag gives; undefined where it is not given.
 *
 * @throws {UsageError} If the text is no whole number between the limits.
 */
export function readWholeNumber(
  name: string,
  text: string | undefined,
  limits: WholeNumberLimits,
): number | undefined {
  if (text === undefined) return undefined;
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (!(value >= limits.least && value <= limits.most)) {
    throw new UsageError(
      `Cannot use ${name}: expected a whole number from ${limits.least} to ${limits.most}, got "${text}"`,
    );
  }
  return value;
}

/** One of several parts, numbered from 1. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** Beyond any queue. */
const MOST_SHARDS = 100_000;

/**
 * The part that a flag names, such as `3/8`; undefined where it is not given.
 *
 * @throws {UsageError} If it is no number from 1 to the number of parts.
 */
export function readShard(name: string, text: string | undefined): Shard | undefined {
  if (text === undefined) return undefined;
  const parts = text.trim().match(/^(\d{1,6})\/(\d{1,6})$/);
  const index = Number(parts?.[1]), count = Number(parts?.[2]);
  if (!(index >= 1 && index <= count && count <= MOST_SHARDS)) {
    throw new UsageError(
      `Cannot use ${name}: expected a part and how many there are, such as 3/8, the first being 1 and at most ` +
        `${MOST_SHARDS} of them, got "${text}"`,
    );
  }
  return { index, count };
}

/**
 * Numbers and ranges between commas, ascending, as often as they are named; undefined where the flag is not given.
 *
 * @throws {UsageError} If a part is no number or range between the limits.
 */
export function readNumberList(
  name: string,
  text: string | undefined,
  { least, most, example }: WholeNumberLimits & { readonly example: string },
): number[] | undefined {
  if (text === undefined) return undefined;
  const refuse = (got: string) =>
    new UsageError(
      `Cannot use ${name}: expected whole numbers from ${least} to ${most} such as ${example}, got ${got}`,
    );
  const numbers: number[] = [];
  for (const part of text.split(",")) {
    const ends = part.trim().match(/^(\d+)(?:-(\d+))?$/);
    if (ends === null) throw refuse(`"${part}"`);
    const first = Number(ends[1]), last = Number(ends[2] ?? ends[1]);
    if (first < least || last > most || last < first) throw refuse(`"${part}"`);
    const count = last - first + 1;
    if (count > MOST_NUMBERS) throw refuse(`"${part}", which is more than ${MOST_NUMBERS}`);
    // ranges that are each in order may still be more together than anybody waits for
    if (numbers.length + count > MOST_NUMBERS) throw refuse(`more than ${MOST_NUMBERS} of them`);
    for (let value = first; value <= last; value++) numbers.push(value);
  }
  return numbers.sort((a, b) => a - b);
}

/**
 * The one of `choices` that a flag names; undefined where it is not given.
 *
 * @throws {UsageError} If it names another.
 */
export function readChoice<Choice extends string>(
  name: string,
  text: string | undefined,
  choices: readonly Choice[],
): Choice | undefined {
  if (text === undefined) return undefined;
  const choice = choices.find((each) => each === text);
  if (choice === undefined) {
    throw new UsageError(`Cannot use ${name}: expected one of ${choices.join(", ")}, got "${text}"`);
  }
  return choice;
}

/**
 * A row of results, such as `5/2` or, as its files are named, `iteration-5-seed-2`.
 *
 * @throws {UsageError} If the text is neither.
 */
export function readRow(text: string): { readonly iteration: number; readonly seed: number } {
  const parts = text.match(/^(?:iteration-)?(\d+)(?:\/|-seed-)(\d+)$/);
  if (parts === null) {
    throw new UsageError(`Cannot use the row: expected iteration/seed such as "5/2", got "${text}"`);
  }
  return { iteration: Number(parts[1]), seed: Number(parts[2]) };
}

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
export function readNumber(name: string, text: string, { wanted, above, upTo }: NumberLimits): number {
  const value = /^\d*\.?\d+$/.test(text.trim()) ? Number(text) : NaN;
  if (!(value > above && value <= upTo)) {
    throw new UsageError(`Cannot use ${name}: expected ${wanted}, got "${text}"`);
  }
  return value;
}

/** An accuracy in percent, as a fraction. */
export function readPercent(name: string, text: string): number {
  // A fraction where a percentage belongs would be taken for a very low accuracy.
  return readNumber(name, text, { wanted: "a percentage above 1 such as 99.4", above: 1, upTo: 100 }) / 100;
}

/** A difference of accuracies in percentage points, as a fraction. */
export function readPoints(name: string, text: string): number {
  return readNumber(name, text, { wanted: "percentage points above 0 such as 0.05", above: 0, upTo: 100 }) /
    100;
}

/** A level or a power, between 0 and 1. */
export function readShare(name: string, text: string): number {
  return readNumber(name, text, { wanted: "a number between 0 and 1", above: 0, upTo: 1 - Number.EPSILON });
}
