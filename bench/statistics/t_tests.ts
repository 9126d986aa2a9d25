/**
 * Student's tests of means, and one of two means that supposes no equal spread.
 *
 * @module
 */
import type { Alternative } from "./alternative.ts";
import { partsTest } from "./crossed.ts";
import { describe, type Distribution } from "./describe.ts";
import { tUpperTail } from "./distributions.ts";
import { leastDeviation, type Unit } from "./whole_units.ts";

/** What is tested for, and what values there can be. */
export interface TestOptions extends Unit {
  readonly alternative: Alternative;
}

export interface TTest {
  readonly t: number;
  readonly df: number;
  readonly p: number;
}

/**
 * Whether two means differ, without supposing equal spread: the p-value at which an interval of half-width
 * √(t₁²·SD₁²/n₁ + t₂²·SD₂²/n₂), each t with the degrees of its own sample, just reaches 0.
 *
 * Below α in at most α of the cases, whatever the sizes and spreads. With the degrees of Welch (1947) it is up to four
 * times as often where one sample is small and the other is not.
 *
 * Source: Banerjee (1960), Sankhyā 22:357, and Mickey and Brown (1966), Annals of Mathematical Statistics 37:639.
 */
export function unpairedTest(
  a: readonly number[],
  b: readonly number[],
  { alternative, unit }: TestOptions,
): { readonly p: number } {
  const first = ofSeveral(a, unit), second = ofSeveral(b, unit);
  const parts = [first, second].map(({ n, deviation }) => ({
    variance: deviation * deviation / n,
    degrees: n - 1,
  }));
  return { p: partsTest(first.mean - second.mean, parts, alternative) };
}

/** Whether the differences a[i] − b[i] have another mean than 0. */
export function pairedTest(a: readonly number[], b: readonly number[], options: TestOptions): TTest {
  if (a.length !== b.length) {
    throw new RangeError(`Cannot compare pairs: expected ${a.length} values on both sides, got ${b.length}`);
  }
  return oneSampleTest(a.map((value, index) => value - b[index]), 0, options);
}

/** Whether the mean differs from `expected`. */
export function oneSampleTest(
  values: readonly number[],
  expected: number,
  { alternative, unit }: TestOptions,
): TTest {
  const { n, mean, deviation } = ofSeveral(values, unit);
  return tTest(mean - expected, deviation / Math.sqrt(n), { df: n - 1, alternative });
}

function ofSeveral(values: readonly number[], unit: number): Required<Distribution> {
  const distribution = describe(values);
  if (distribution?.deviation === undefined) {
    throw new RangeError(`Cannot test a mean: expected at least 2 values, got ${values.length}`);
  }
  return { ...distribution, deviation: leastDeviation(distribution.deviation, { unit }) };
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
