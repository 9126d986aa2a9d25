/**
 * How often a one-sided test finds what is there, and how many trials it needs for that.
 *
 * Exact for normal variables, not the usual approximations: a handful of trials is where those fail.
 *
 * @module
 */
import { noncentralTUpperTail, tQuantile } from "./distributions.ts";

/** Two normal samples. */
export interface TwoSamples {
  readonly countA: number;
  readonly countB: number;
  readonly deviationA: number;
  readonly deviationB: number;
}

/** The largest n that is looked for. */
export const MOST_TRIALS = 100_000;

/**
 * Power of the one-sided one-sample t test, and of the paired one with `deviation` that of the differences.
 *
 * P(T > t₁₋α) of the noncentral t distribution with n − 1 degrees and δ = shift·√n/SD.
 */
export function oneSamplePower(
  n: number,
  options: { readonly shift: number; readonly deviation: number; readonly alpha: number },
): number {
  const { shift, deviation, alpha } = options;
  if (n < 2) return 0;
  if (deviation === 0) return shift > 0 ? 1 : 0;
  return noncentralTUpperTail(tQuantile(1 - alpha, n - 1), n - 1, shift * Math.sqrt(n) / deviation);
}

// The integrand is smooth and periodic: the midpoint rule converges exponentially.
const ANGLES = 64;

/**
 * Power of the one-sided `unpairedTest` where the means are `shift` apart; at shift 0 its false-alarm rate, which is at
 * most α.
 *
 * Given the share B of the first sample in the summed squares, which is Beta((n₁−1)/2, (n₂−1)/2), the difference over
 * the root of those squares is a noncentral t with n₁ + n₂ − 2 degrees times a constant, and what it must exceed is a
 * constant too: the power is one integral over B = sin²θ. That limit² goes from b² at θ = 0 to a² at π/2, all of it within
 * an angle of b/a where one sample's t is the far larger; tan θ = √(b/a) tan φ spreads that over more nodes. Good to a
 * thousandth of itself for spreads within ten of each other.
 */
export function unpairedPower(
  { countA, countB, deviationA, deviationB }: TwoSamples,
  options: { readonly shift: number; readonly alpha: number },
): number {
  const { shift, alpha } = options;
  if (countA < 2 || countB < 2) return 0;
  const standardError = Math.sqrt(deviationA * deviationA / countA + deviationB * deviationB / countB);
  if (standardError === 0) return shift > 0 ? 1 : 0;
  const df = countA + countB - 2, delta = shift / standardError;
  const scaleA = deviationA * deviationA / (countA * (countA - 1));
  const scaleB = deviationB * deviationB / (countB * (countB - 1));
  const tA = tQuantile(1 - alpha, countA - 1), tB = tQuantile(1 - alpha, countB - 1);
  let power = 0, weights = 0;
  const stretch = Math.pow(tB * tB * scaleB / (tA * tA * scaleA), 0.25);
  const angles = Array.from({ length: ANGLES }, (_, index) => {
    const phi = (index + 0.5) * Math.PI / 2 / ANGLES;
    const sin = stretch * Math.sin(phi), cos = Math.cos(phi), length = Math.hypot(sin, cos);
    return { sin: sin / length, cos: cos / length, logStep: -2 * Math.log(length) };
  });
  const logDensity = angles.map(({ sin, cos, logStep }) =>
    (countA - 2) * Math.log(sin) + (countB - 2) * Math.log(cos) + logStep
  );
  const highest = Math.max(...logDensity);
  for (const [index, { sin, cos }] of angles.entries()) {
    const weight = Math.exp(logDensity[index] - highest);
    weights += weight;
    if (weight < 1e-12) continue;
    const partA = scaleA * sin * sin, partB = scaleB * cos * cos;
    const scaled = Math.sqrt((tA * tA * partA + tB * tB * partB) * df) / standardError;
    power += weight * noncentralTUpperTail(scaled, df, delta);
  }
  return power / weights;
}

/** The smallest n from 2 on at which `powerOf(n)`, which grows with n, is at least `power`; undefined past 100,000. */
export function requiredCount(power: number, powerOf: (n: number) => number): number | undefined {
  let low = 1, high = 2;
  while (powerOf(high) < power) {
    if (high >= MOST_TRIALS) return undefined;
    low = high;
    high = Math.min(2 * high, MOST_TRIALS);
  }
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (powerOf(middle) < power) low = middle;
    else high = middle;
  }
  return high;
}
