/**
 * How many seeds it would take to show a difference.
 *
 * @module
 */
import { type CrossedMean, MOST_TRIALS, normalQuantile, tQuantile } from "../statistics/mod.ts";
import type { Population } from "./compare.ts";

/** How many seeds on each side; `never`: the test images alone blur more than that, however many seeds there are. */
export type SeedsNeeded =
  | { readonly kind: "about"; readonly seeds: number }
  | { readonly kind: "moreThan"; readonly seeds: number }
  | { readonly kind: "never"; readonly leastDifference: number };

/** A difference that is there is found at least so often. */
export const WANTED_POWER = 0.8;

/** More seeds than anybody trains. */
const MOST_SEEDS = Math.min(10_000, MOST_TRIALS);

/**
 * The fewest seeds with which a true difference as large as the one seen would be shown with `WANTED_POWER`.
 *
 * The seeds' part of the variance falls with their number, what other writers add does not:
 * √(t²·seeds/n + t²·clusters) + z·√(seeds/n + clusters) must not exceed the difference. For two-sided intervals at
 * `confidence`; normal approximation, so "about".
 */
export function seedsNeeded(
  { mean, seeds, clusters }: CrossedMean,
  { population, confidence }: { readonly population: Population; readonly confidence: number },
): SeedsNeeded | undefined {
  if (seeds === undefined || clusters === undefined) return undefined;
  const tail = (1 + confidence) / 2, z = normalQuantile(WANTED_POWER), difference = Math.abs(mean);
  const perSeed = seeds.reduce((sum, { variance, degrees }) => sum + variance * (degrees + 1), 0);
  const fixed = population === "digits" ? clusters.variance : 0;
  const clusterT = fixed === 0 ? 0 : tQuantile(tail, clusters.degrees);
  const leastDifference = (clusterT + z) * Math.sqrt(fixed);
  if (fixed > 0 && difference <= leastDifference) return { kind: "never", leastDifference };
  const shows = (count: number) => {
    const varying = perSeed / count, t = tQuantile(tail, count - 1);
    return Math.sqrt(t * t * varying + clusterT * clusterT * fixed) + z * Math.sqrt(varying + fixed) <=
      difference;
  };
  if (difference === 0 || !shows(MOST_SEEDS)) return { kind: "moreThan", seeds: MOST_SEEDS };
  let low = 1, high = MOST_SEEDS;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (shows(middle)) high = middle;
    else low = middle;
  }
  return { kind: "about", seeds: high };
}
