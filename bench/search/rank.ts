/**
 * Who goes on to the next rung.
 *
 * @module
 */
import { describe, type Distribution } from "../statistics/mod.ts";

/** What a candidate came to in a rung. */
export interface Entry {
  readonly name: string;
  readonly parameters: number;
  /** Final validation accuracy of each seed; undefined where training diverged. */
  readonly accuracies: readonly (number | undefined)[];
}

/** An entry at its place. */
export type Ranked<E extends Entry> = E & {
  /** Of the trials that did not diverge; absent where all did. */
  readonly accuracy?: Distribution;
  readonly diverged: number;
};

/** Differences below this are rounding: an image among 10,000 with ten seeds is 1e-5. */
const ROUNDING = 1e-9;

/**
 * The entries, best first: fewer diverged trials, then the larger mean accuracy, then fewer parameters, then by name.
 */
export function rank<E extends Entry>(entries: readonly E[]): Ranked<E>[] {
  const ranked = entries.map((entry): Ranked<E> => {
    const values = entry.accuracies.filter((value) => value !== undefined);
    return { ...entry, accuracy: describe(values), diverged: entry.accuracies.length - values.length };
  });
  // whole numbers, so that what is equal but for rounding is a tie for everybody
  const mean = ({ accuracy }: Ranked<E>) => Math.round((accuracy?.mean ?? 0) / ROUNDING);
  return ranked.sort((a, b) =>
    a.diverged - b.diverged || mean(b) - mean(a) || a.parameters - b.parameters ||
    (a.name < b.name ? -1 : +(a.name > b.name))
  );
}

/** How many of `count` go on: `keep` of them, or, below 1, that share, rounded up; one where nothing is said. */
export function keptCount(keep: number | undefined, count: number): number {
  if (keep === undefined) return 1;
  return keep < 1 ? Math.max(1, Math.ceil(keep * count - ROUNDING)) : Math.min(keep, count);
}

/** What a choice's option came to. */
export interface OptionEffect {
  readonly choice: string;
  readonly option: string;
  readonly candidates: number;
  readonly diverged: number;
  /** Of the candidates' means; those that diverged are left out. */
  readonly accuracy?: Distribution;
  /** From the mean of the choice's options. */
  readonly difference?: number;
}

/** The mean over the candidates that have it, for every option of every choice, in the order in which they come. */
export function optionEffects(
  ranked: readonly (Ranked<Entry> & { readonly choices: Readonly<Record<string, string>> })[],
  choices: Readonly<Record<string, readonly string[]>>,
): OptionEffect[] {
  return Object.entries(choices).flatMap(([choice, options]) => {
    const effects = options.flatMap((option): OptionEffect[] => {
      const own = ranked.filter((entry) => entry.choices[choice] === option);
      if (own.length === 0) return [];
      const means = own.flatMap(({ accuracy, diverged }) =>
        diverged === 0 && accuracy !== undefined ? [accuracy.mean] : []
      );
      const diverged = own.length - means.length;
      return [{ choice, option, candidates: own.length, diverged, accuracy: describe(means) }];
    });
    const centre = describe(effects.flatMap(({ accuracy }) => accuracy === undefined ? [] : [accuracy.mean]));
    return effects.map((effect) => ({
      ...effect,
      difference: effect.accuracy && centre && effect.accuracy.mean - centre.mean,
    }));
  });
}
