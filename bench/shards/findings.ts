/**
 * What a merge finds out about shards, and how it says so.
 *
 * @module
 */
import { formatNumberList, plural } from "../command_line/format.ts";
import type { TrialId } from "../run/rows.ts";

/**
 * - `foreign`: a folder, or rows, that do not belong to the plan;
 * - `unreadable`: files that are damaged, or contradict each other;
 * - `differing`: a trial that is there twice with different digests;
 * - `mixed`: rows of several GPUs;
 * - `torn`: what a job that was killed, or still runs, left unfinished;
 * - `failed`: trials that an error ended, which may be tried again;
 * - `diverged`: trials whose loss was not finite: that is their result;
 * - `double`: trials that are there twice with the same digests, which count once.
 */
export type FindingKind =
  | "foreign"
  | "unreadable"
  | "differing"
  | "mixed"
  | "torn"
  | "failed"
  | "diverged"
  | "double";

/** Something that a person should know about a folder. */
export interface Finding {
  readonly kind: FindingKind;
  readonly folder: string;
  readonly text: string;
}

/** Kinds that leave nothing to merge until somebody mends them. */
const UNUSABLE: ReadonlySet<FindingKind> = new Set(["foreign", "unreadable", "differing", "mixed"]);

export const isUnusable = ({ kind }: Finding): boolean => UNUSABLE.has(kind);

/** Iterations that are listed before the rest are counted. */
const MOST_ITERATIONS = 6;
/** A list of seeds that nobody reads to its end is cut. */
const MOST_SEED_CHARACTERS = 80;

/** `iteration 1 seeds 0-4,7; iteration 2 seed 3`, and how many more where they are many. */
export function nameTrials(trials: readonly TrialId[]): string {
  const seeds = seedsByIteration(trials);
  const named = [...seeds].slice(0, MOST_ITERATIONS).map(([iteration, list]) => {
    const text = formatNumberList(list);
    const shown = text.length <= MOST_SEED_CHARACTERS
      ? text
      : `${text.slice(0, text.lastIndexOf(",", MOST_SEED_CHARACTERS))},…`;
    return `iteration ${iteration} seed${list.length === 1 ? "" : "s"} ${shown}`;
  });
  const rest = seeds.size - named.length;
  return [...named, ...(rest === 0 ? [] : [`${plural(rest, "more iteration")}`])].join("; ");
}

/** Ascending. */
export function seedsByIteration(trials: readonly TrialId[]): ReadonlyMap<number, readonly number[]> {
  const seeds = new Map<number, number[]>();
  for (const { iteration, seed } of trials) {
    const list = seeds.get(iteration);
    if (list === undefined) seeds.set(iteration, [seed]);
    else list.push(seed);
  }
  return new Map([...seeds].sort(([a], [b]) => a - b));
}
