/**
 * The Mann-Whitney test: whether the values of one sample tend to be larger than those of another.
 *
 * It uses order alone, so "never reached" may stand among them as `Infinity`.
 *
 * @module
 */
import type { Alternative } from "./alternative.ts";
import { normalUpperTail } from "./distributions.ts";

export interface MannWhitneyTest {
  /** Pairs in which the first sample's value is the larger, ties counted half. */
  readonly u: number;
  readonly p: number;
  /** Whether p is exact, given the ties, or the normal approximation. */
  readonly exact: boolean;
}

/** Values of both samples together up to which p is counted out. */
const MOST_EXACT = 50;

/**
 * The test of `a` against `b`.
 *
 * Exact for up to 50 values: all ways to deal the pooled values, ties included, into two samples of these sizes.
 * Beyond, the normal approximation with corrections for ties and continuity.
 * Source: Mann and Whitney (1947), Ann. Math. Stat. 18:50; Lehmann, Nonparametrics (1975), 1.4.
 */
export function mannWhitneyTest(
  a: readonly number[],
  b: readonly number[],
  alternative: Alternative,
): MannWhitneyTest {
  if (a.length === 0 || b.length === 0) {
    throw new RangeError(
      `Cannot compare samples: expected values on both sides, got ${a.length} and ${b.length}`,
    );
  }
  const ranks = doubledRanks([...a, ...b]);
  const rankSum = ranks.slice(0, a.length).reduce((sum, rank) => sum + rank, 0) / 2;
  const u = rankSum - a.length * (a.length + 1) / 2;
  const exact = ranks.length <= MOST_EXACT;
  const [less, greater] = exact ? exactTails(ranks, a.length, 2 * rankSum) : normalTails(ranks, a.length, u);
  const p = { less, greater, twoSided: Math.min(1, 2 * Math.min(less, greater)) }[alternative];
  return { u, p, exact };
}

/** Twice each value's rank, ties sharing their mean rank: whole numbers. */
function doubledRanks(values: readonly number[]): number[] {
  const order = values.map((_, index) => index).sort((i, j) =>
    // Infinity − Infinity is no number.
    values[i] < values[j] ? -1 : values[i] > values[j] ? 1 : 0
  );
  const ranks = new Array<number>(values.length);
  for (let first = 0; first < order.length;) {
    let last = first;
    while (last + 1 < order.length && values[order[last + 1]] === values[order[first]]) last++;
    for (let at = first; at <= last; at++) ranks[order[at]] = first + last + 2;
    first = last + 1;
  }
  return ranks;
}

/** P(sum ≤ `sum`) and P(sum ≥ `sum`) over all choices of `count` of the doubled ranks. */
function exactTails(ranks: readonly number[], count: number, sum: number): [number, number] {
  const ways = countSums(ranks, count);
  const all = ways.reduce((total, each) => total + each, 0);
  const below = ways.slice(0, sum + 1).reduce((total, each) => total + each, 0);
  const above = ways.slice(sum).reduce((total, each) => total + each, 0);
  return [below / all, above / all];
}

/** How many choices of `count` of the whole numbers `ranks` have each sum. */
function countSums(ranks: readonly number[], count: number): Float64Array {
  const most = ranks.reduce((total, rank) => total + rank, 0);
  const ways = Array.from({ length: count + 1 }, () => new Float64Array(most + 1));
  ways[0][0] = 1;
  for (const rank of ranks) {
    for (let chosen = count; chosen >= 1; chosen--) {
      const from = ways[chosen - 1], to = ways[chosen];
      for (let total = most; total >= rank; total--) to[total] += from[total - rank];
    }
  }
  return ways[count];
}

function normalTails(ranks: readonly number[], count: number, u: number): [number, number] {
  const total = ranks.length, other = total - count;
  const ties = new Map<number, number>();
  for (const rank of ranks) ties.set(rank, (ties.get(rank) ?? 0) + 1);
  let tied = 0;
  for (const t of ties.values()) tied += t * t * t - t;
  const variance = count * other / 12 * (total + 1 - tied / (total * (total - 1)));
  // Every value the same: nothing speaks for a difference.
  if (variance === 0) return [1, 1];
  const distance = u - count * other / 2, deviation = Math.sqrt(variance);
  const tail = (towards: number) => normalUpperTail((towards - 0.5) / deviation);
  return [tail(-distance), tail(distance)];
}
