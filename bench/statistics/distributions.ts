/**
 * Normal, Student's t (central and noncentral) and chi-squared distributions.
 *
 * Upper tails are functions of their own, so that a small p-value keeps its digits.
 *
 * @module
 */
import { incompleteBeta, logGamma, upperIncompleteGamma } from "./special_functions.ts";

/** P(Z > x) of the standard normal distribution. */
export function normalUpperTail(x: number): number {
  const tail = upperIncompleteGamma(0.5, x * x / 2) / 2;
  return x < 0 ? 1 - tail : tail;
}

/** P(Z ≤ x) of the standard normal distribution. */
export function normalCdf(x: number): number {
  return normalUpperTail(-x);
}

/** The x with P(Z ≤ x) = p, for 0 < p < 1. */
export function normalQuantile(p: number): number {
  return symmetricQuantile(p, normalUpperTail);
}

/** P(T > t) of Student's t distribution with `df` > 0 degrees of freedom, whole or not. */
export function tUpperTail(t: number, df: number): number {
  const tail = incompleteBeta(df / (df + t * t), df / 2, 0.5) / 2;
  return t < 0 ? 1 - tail : tail;
}

/** P(T ≤ t) of Student's t distribution. */
export function tCdf(t: number, df: number): number {
  return tUpperTail(-t, df);
}

/** The t with P(T ≤ t) = p, for 0 < p < 1. */
export function tQuantile(p: number, df: number): number {
  return symmetricQuantile(p, (t) => tUpperTail(t, df));
}

/** P(X > x) of the chi-squared distribution. */
export function chiSquaredUpperTail(x: number, df: number): number {
  return upperIncompleteGamma(df / 2, x / 2);
}

/** The x with P(X ≤ x) = p of the chi-squared distribution, for 0 < p < 1. */
export function chiSquaredQuantile(p: number, df: number): number {
  return bisect((x) => upperIncompleteGamma(df / 2, x / 2) > 1 - p);
}

const NODES = 1200;
/** Standard deviations of the scale that are summed over. */
const REACH = 10;

/**
 * P(T > t) of the noncentral t distribution: T = (Z + δ)/S, with S² a chi-squared variable over its `df` degrees.
 *
 * ∫ P(Z > t·s − δ) f(s) ds over the density f of S, by Simpson's rule: unlike the usual series it holds for any δ.
 * `df` ≥ 1; error below 1e-9.
 */
export function noncentralTUpperTail(t: number, df: number, delta: number): number {
  // ln f(s) = c + (df − 1) ln s − df s²/2; S has mean near 1 and deviation near 1/√(2 df).
  const constant = Math.LN2 + df / 2 * Math.log(df / 2) - logGamma(df / 2);
  const spread = REACH / Math.sqrt(2 * df);
  const low = Math.max(0, 1 - spread), width = 1 + spread - low;
  let sum = 0;
  for (let node = 0; node <= NODES; node++) {
    // Squared, so that nodes are dense where t·s bends with few degrees and a large t.
    const place = node / NODES, s = low + width * place * place;
    const power = df === 1 ? 0 : (df - 1) * Math.log(s);
    const density = Math.exp(constant + power - df * s * s / 2);
    if (density === 0) continue;
    const weight = node === 0 || node === NODES ? 1 : node % 2 === 1 ? 4 : 2;
    sum += weight * place * density * normalUpperTail(t * s - delta);
  }
  return 2 * width * sum / (3 * NODES);
}

/** Of a distribution that is symmetric about 0. */
function symmetricQuantile(p: number, upperTail: (x: number) => number): number {
  if (p === 0.5) return 0;
  // The tail itself and not 1 − tail, which would lose its digits.
  const tail = Math.min(p, 1 - p);
  const x = bisect((candidate) => upperTail(candidate) > tail);
  return p < 0.5 ? -x : x;
}

/** The positive number up to which `isBelow` holds, to the last bit. */
function bisect(isBelow: (x: number) => boolean): number {
  let low = 0, high = 1;
  while (isBelow(high)) {
    low = high;
    high *= 2;
  }
  while (true) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) return high;
    if (isBelow(middle)) low = middle;
    else high = middle;
  }
}
