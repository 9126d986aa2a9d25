/**
 * Incomplete beta and gamma functions, from which the distributions are made.
 *
 * simple-statistics has neither Student's t nor any other quantile but the normal one, so these few are written here.
 *
 * @module
 */

// Continued fractions and series stop when a factor no longer changes the result.
const PRECISION = 1e-16;
const MOST_TERMS = 10_000;
/** Stands in for a zero denominator. */
const TINY = 1e-300;

// Lanczos approximation with g = 7 and nine terms (P. Godfrey); relative error below 1e-14.
const LANCZOS_G = 7;
const LANCZOS = [
  0.99999999999980993,
  676.5203681218851,
  -1259.1392167224028,
  771.32342877765313,
  -176.61502916214059,
  12.507343278686905,
  -0.13857109526572012,
  9.9843695780195716e-6,
  1.5056327351493116e-7,
] as const;

/** ln Γ(x) for x > 0. */
export function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const z = x - 1, t = z + LANCZOS_G + 0.5;
  let sum: number = LANCZOS[0];
  for (let index = 1; index < LANCZOS.length; index++) sum += LANCZOS[index] / (z + index);
  return Math.log(2 * Math.PI) / 2 + (z + 0.5) * Math.log(t) - t + Math.log(sum);
}

/**
 * Regularized incomplete beta function I_x(a, b) for 0 ≤ x ≤ 1 and a, b > 0.
 *
 * Source: continued fraction DLMF 8.17.22, evaluated by Lentz's method (Press et al., Numerical Recipes, 6.4).
 */
export function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  // The fraction converges fast below the mean only.
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = Math.exp(
    logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x),
  );
  return front / a / continuedFraction((term) => {
    const m = term >> 1;
    return term % 2 === 0
      ? m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
      : -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
  });
}

/** 1 + d₁/(1 + d₂/(1 + …)) by Lentz's method. */
function continuedFraction(coefficient: (term: number) => number): number {
  let value = 1, c = 1, d = 0;
  for (let term = 1; term <= MOST_TERMS; term++) {
    const numerator = coefficient(term);
    d = 1 / (1 + numerator * d || TINY);
    c = 1 + numerator / c || TINY;
    value *= c * d;
    if (Math.abs(c * d - 1) < PRECISION) break;
  }
  return value;
}

/**
 * Regularized upper incomplete gamma function Q(a, x) for a > 0 and x ≥ 0.
 *
 * Source: series DLMF 8.7.1 below the mean, continued fraction DLMF 8.9.2 above (Numerical Recipes, 6.2).
 */
export function upperIncompleteGamma(a: number, x: number): number {
  if (x <= 0) return 1;
  const front = Math.exp(a * Math.log(x) - x - logGamma(a));
  if (x < a + 1) {
    let term = 1 / a, sum = term;
    for (let index = 1; index <= MOST_TERMS && term > sum * PRECISION; index++) {
      term *= x / (a + index);
      sum += term;
    }
    return 1 - front * sum;
  }
  let b = x + 1 - a, c = 1 / TINY, d = 1 / b, value = d;
  for (let index = 1; index <= MOST_TERMS; index++) {
    const numerator = index * (a - index);
    b += 2;
    d = 1 / (numerator * d + b || TINY);
    c = b + numerator / c || TINY;
    value *= c * d;
    if (Math.abs(c * d - 1) < PRECISION) break;
  }
  return front * value;
}
