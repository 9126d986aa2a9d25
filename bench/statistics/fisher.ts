/**
 * Two shares of a few trials.
 *
 * @module
 */
import { logGamma } from "./special_functions.ts";

/** So many of so many. */
export interface Share {
  readonly count: number;
  readonly total: number;
}

/**
 * Fisher's exact one-sided p-value: how likely `first` has so small a count or a smaller one, where both shares are the
 * same. Below α in at most α of the cases, however large the share.
 *
 * Source: Fisher (1935), JRSS 98:39; the lower tail of the hypergeometric distribution.
 */
export function fisherTest(first: Share, second: Share): number {
  const counts = first.count + second.count, totals = first.total + second.total;
  const all = logChoose(totals, first.total);
  let p = 0;
  for (let count = Math.max(0, counts - second.total); count <= first.count; count++) {
    p += Math.exp(logChoose(counts, count) + logChoose(totals - counts, first.total - count) - all);
  }
  return Math.min(1, p);
}

/** Logarithm of how many ways there are to choose `chosen` of `total`. */
function logChoose(total: number, chosen: number): number {
  return logGamma(total + 1) - logGamma(chosen + 1) - logGamma(total - chosen + 1);
}
