/**
 * Whether two classifiers err equally often on the same images.
 *
 * @module
 */
import { incompleteBeta, upperIncompleteGamma } from "./special_functions.ts";

/** Images that only one of two networks gets right; the others say nothing about which is better. */
export interface Discordant {
  readonly onlyA: number;
  readonly onlyB: number;
}

/**
 * McNemar's exact two-sided p-value: how likely so uneven a split is where each discordant image falls to either side
 * with probability ½.
 *
 * Source: McNemar (1947), Psychometrika 12:153; the exact form is the binomial test.
 */
export function mcnemarTest({ onlyA, onlyB }: Discordant): number {
  const total = onlyA + onlyB, fewer = Math.min(onlyA, onlyB);
  if (onlyA === onlyB) return 1;
  // P(X ≤ k) of Binomial(n, ½) is I_½(n − k, k + 1)
  return Math.min(1, 2 * incompleteBeta(0.5, total - fewer, fewer + 1));
}

/**
 * McNemar's test where discordant images come in clusters that are independent of each other, such as an image in
 * several seeds or a writer's images: χ² = (Σ d)² / Σ d² with one degree, d = onlyB − onlyA of a cluster.
 *
 * The score test that the sums of the clusters have a mean of 0: every image counts the same, so it is about the
 * difference of the two accuracies. It holds for many clusters of which none dominates. Without any difference p is 1.
 *
 * Source: Obuchowski (1998), Statistics in Medicine 17:1495, whose χ² is this times (K − 1)/K of K clusters. Durkalski
 * and others (2003), Statistics in Medicine 22:2417, divide each d by the size of its cluster first, so that every
 * cluster counts the same: another test unless all are of one size.
 */
export function clusteredMcnemarTest(
  differences: Iterable<number>,
): { readonly statistic: number; readonly p: number } {
  let sum = 0, squares = 0;
  for (const difference of differences) {
    sum += difference;
    squares += difference * difference;
  }
  const statistic = squares === 0 ? 0 : sum * sum / squares;
  return { statistic, p: upperIncompleteGamma(0.5, statistic / 2) };
}
