/**
 * How far a mean and a share are known.
 *
 * @module
 */
import type { Distribution } from "./describe.ts";
import { chiSquaredQuantile, normalQuantile, tQuantile } from "./distributions.ts";
import { leastDeviation, type Unit } from "./whole_units.ts";

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Of every interval that is shown. */
export const CONFIDENCE = 0.95;

/** Student's interval of the mean, mean ± t·SD/√n; undefined for a single value. */
export function tInterval(
  { n, mean, deviation }: Distribution,
  { unit, confidence = CONFIDENCE }: Unit & { readonly confidence?: number },
): Interval | undefined {
  if (deviation === undefined) return undefined;
  const margin = tQuantile((1 + confidence) / 2, n - 1) * leastDeviation(deviation, { unit }) / Math.sqrt(n);
  return { low: mean - margin, high: mean + margin };
}

/** Wilson's score interval of a share of which `count` in `total` were seen. Source: Wilson (1927), JASA 22:209. */
export function wilsonInterval(count: number, total: number, confidence: number = CONFIDENCE): Interval {
  const z = normalQuantile((1 + confidence) / 2), share = count / total;
  const scale = 1 + z * z / total;
  const center = (share + z * z / (2 * total)) / scale;
  const margin = z / scale * Math.sqrt(share * (1 - share) / total + z * z / (4 * total * total));
  // The ends are exact where they must be.
  return {
    low: count === 0 ? 0 : center - margin,
    high: count === total ? 1 : center + margin,
  };
}

/** The interval of a normal variable's standard deviation; undefined for a single value. */
export function deviationInterval(
  { n, deviation }: Pick<Distribution, "n" | "deviation">,
  { unit, confidence = CONFIDENCE }: Unit & { readonly confidence?: number },
): Interval | undefined {
  if (deviation === undefined) return undefined;
  const seen = leastDeviation(deviation, { unit });
  const bound = (p: number) => seen * Math.sqrt((n - 1) / chiSquaredQuantile(p, n - 1));
  return { low: bound((1 + confidence) / 2), high: bound((1 - confidence) / 2) };
}

/** Standard error of a share measured on `count` independent examples: √(p(1−p)/count). */
export function binomialStandardError(share: number, count: number): number {
  return Math.sqrt(share * (1 - share) / count);
}
