/**
 * Student's and Welch's tests of means.
 *
 * @module
 */
import { describe, type Distribution } from "./describe.ts";
import { tUpperTail } from "./distributions.ts";

/** What the test looks for: the first mean below the second, above it, or either. */
export type Alternative = "less" | "greater" | "twoSided";

export interface TTest {
  readonly t: number;
  readonly df: number;
  readonly p: number;
}

/** Whether two means differ, without supposing equal spread. Source: Welch (1947), Biometrika 34:28. */
export function welchTest(a: readonly number[], b: readonly number[], alternative: Alternative): TTest {
  const first = ofSeveral(a), second = ofSeveral(b);
  const partA = first.deviation * first.deviation / first.n;
  const partB = second.deviation * second.deviation / second.n;
  const df = welchDegrees(partA, first.n, partB, second.n);
  return tTest(first.mean - second.mean, Math.sqrt(partA + partB), { df, alternative });
}

/**
 * Welch–Satterthwaite degrees of freedom of two means with squared standard errors `partA` and `partB`.
 *
 * Without any spread, those of the smaller sample: the least that it can be.
 */
export function welchDegrees(partA: number, countA: number, partB: number, countB: number): number {
  const sum = partA + partB;
  if (sum === 0) return Math.min(countA, countB) - 1;
  // Shares first, so that the squares of small parts do not vanish.
  const a = partA / sum, b = partB / sum;
  return 1 / (a * a / (countA - 1) + b * b / (countB - 1));
}

/** Whether the differences a[i] − b[i] have another mean than 0. */
export function pairedTest(a: readonly number[], b: readonly number[], alternative: Alternative): TTest {
  if (a.length !== b.length) {
    throw new RangeError(`Cannot compare pairs: expected ${a.length} values on both sides, got ${b.length}`);
  }
  return oneSampleTest(a.map((value, index) => value - b[index]), 0, alternative);
}

/** Whether the mean differs from `expected`. */
export function oneSampleTest(values: readonly number[], expected: number, alternative: Alternative): TTest {
  const { n, mean, deviation } = ofSeveral(values);
  return tTest(mean - expected, deviation / Math.sqrt(n), { df: n - 1, alternative });
}

function ofSeveral(values: readonly number[]): Required<Distribution> {
  const distribution = describe(values);
  if (distribution?.deviation === undefined) {
    throw new RangeError(`Cannot test a mean: expected at least 2 values, got ${values.length}`);
  }
  return { ...distribution, deviation: distribution.deviation };
}

// Accuracies are sums of binary fractions: a spread or difference below this is rounding.
const ROUNDING = 1e-12;

function tTest(
  difference: number,
  standardError: number,
  { df, alternative }: { readonly df: number; readonly alternative: Alternative },
): TTest {
  const exact = standardError < ROUNDING;
  const t = !exact
    ? difference / standardError
    : Math.abs(difference) < ROUNDING
    ? 0
    : Math.sign(difference) * Infinity;
  switch (alternative) {
    case "greater":
      return { t, df, p: upperTail(t, df) };
    case "less":
      return { t, df, p: upperTail(-t, df) };
    case "twoSided":
      return { t, df, p: Math.min(1, 2 * upperTail(Math.abs(t), df)) };
  }
}

function upperTail(t: number, df: number): number {
  return Number.isFinite(t) ? tUpperTail(t, df) : t > 0 ? 0 : 1;
}
