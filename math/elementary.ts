/**
 * exp, log, sin, cos and tan of a float64 whose bits do not depend on the JavaScript engine.
 *
 * ECMAScript leaves the bits of `Math.exp` and its kin to the implementation. These use only + − × ÷ and integer
 * operations, so they give the same bits everywhere; each is within 1 ulp of the true value in its domain, tan within 3.
 *
 * Source: the algorithms and coefficients of Sun's fdlibm 5.3 (e_exp.c, e_log.c, e_rem_pio2.c, k_sin.c, k_cos.c;
 * Copyright (C) 1993 by Sun Microsystems, Inc., free to use with this notice).
 *
 * @module
 */

const bits = new DataView(new ArrayBuffer(8));

/** Exponents of the smallest and the largest normal float64. */
const LEAST_EXPONENT = -1022, LARGEST_EXPONENT = 1023;

/** Powers of two from the smallest normal one. */
const POWERS_OF_TWO = Float64Array.from({ length: LARGEST_EXPONENT - LEAST_EXPONENT + 1 }, (_, i) => {
  bits.setUint32(0, (i + 1) << 20);
  bits.setUint32(4, 0);
  return bits.getFloat64(0);
});

/** 2^k as a float64, for −1022 ≤ k ≤ 1023. */
const powerOfTwo = (k: number): number => POWERS_OF_TWO[k - LEAST_EXPONENT];

// ln 2 in two parts; the upper has 32 bits, so that a small integer times it is exact.
const LN2_HIGH = 6.93147180369123816490e-01;
const LN2_LOW = 1.90821492927058770002e-10;
const ONE_OVER_LN2 = 1.44269504088896338700;

/** Largest |x| that `exp` takes: results stay normal and finite. */
const EXP_LIMIT = 700;

/**
 * e^x for |x| ≤ 700.
 *
 * @throws {RangeError} If |x| > 700 or x is NaN.
 */
export function exp(x: number): number {
  if (!(Math.abs(x) <= EXP_LIMIT)) {
    throw new RangeError(`Cannot compute exp: expected -${EXP_LIMIT} to ${EXP_LIMIT}, got ${x}`);
  }
  // x = k ln 2 + r with |r| ≤ ln 2 / 2, r held as high − low.
  const k = Math.floor(x * ONE_OVER_LN2 + 0.5);
  const high = x - k * LN2_HIGH;
  const low = k * LN2_LOW;
  const r = high - low;
  const t = r * r;
  const c = r - t * (1.66666666666666019037e-01 +
        t * (-2.77777777770155933842e-03 +
            t * (6.61375632143793436117e-05 +
                t * (-1.65339022054652515390e-06 + t * 4.13813679705723846039e-08))));
  return (1 - ((low - (r * c) / (2 - c)) - high)) * powerOfTwo(k);
}

const SMALLEST_NORMAL = 2.2250738585072014e-308;
const SQRT_HALF = 0.7071067811865476;

/**
 * Natural logarithm of a normal, finite, positive x.
 *
 * @throws {RangeError} If x is less than 2^−1022, infinite or NaN.
 */
export function log(x: number): number {
  if (!(x >= SMALLEST_NORMAL && x < Infinity)) {
    throw new RangeError(`Cannot compute log: expected ${SMALLEST_NORMAL} to ${Number.MAX_VALUE}, got ${x}`);
  }
  // x = 2^k (1 + f) with √½ ≤ 1 + f < √2.
  bits.setFloat64(0, x);
  const upper = bits.getUint32(0);
  let k = (upper >>> 20) - 1022;
  bits.setUint32(0, (upper & 0x000fffff) | (1022 << 20));
  let mantissa = bits.getFloat64(0); // [½, 1)
  if (mantissa < SQRT_HALF) {
    mantissa *= 2;
    k -= 1;
  }
  const f = mantissa - 1;
  const s = f / (2 + f);
  const z = s * s;
  const w = z * z;
  const even = w * (3.999999999940941908e-01 + w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01));
  const odd = z * (6.666666666666735130e-01 +
    w * (2.857142874366239149e-01 + w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01)));
  const half = 0.5 * f * f;
  return k * LN2_HIGH - ((half - (s * (half + (even + odd)) + k * LN2_LOW)) - f);
}

// π/2 = PIO2_1 + PIO2_2 + PIO2_2_TAIL; the first two have 33 bits each, so that n times them is exact.
const PIO2_1 = 1.57079632673412561417e+00;
const PIO2_2 = 6.07710050630396597660e-11;
const PIO2_2_TAIL = 2.02226624879595063154e-21;
const TWO_OVER_PI = 6.36619772367581382433e-01;

/** Largest |x| that `sin` and `cos` take: the reduction below is exact enough for it. */
const ANGLE_LIMIT = 1000;

/** sin(x + tail) for |x| ≤ π/4, where tail is the part of the argument that x could not hold. */
function sinNearZero(x: number, tail: number): number {
  const z = x * x;
  const r = 8.33333333332248946124e-03 +
    z * (-1.98412698298579493134e-04 +
        z * (2.75573137070700676789e-06 +
            z * (-2.50507602534068634195e-08 + z * 1.58969099521155010221e-10)));
  const v = z * x;
  return x - ((z * (0.5 * tail - v * r) - tail) - v * -1.66666666666666324348e-01);
}

/** cos(x + tail) for |x| ≤ π/4. */
function cosNearZero(x: number, tail: number): number {
  const z = x * x;
  const r = z * (4.16666666666666019037e-02 +
    z * (-1.38888888888741095749e-03 +
        z * (2.48015872894767294178e-05 +
            z * (-2.75573143513906633035e-07 +
                z * (2.08757232129817482790e-09 + z * -1.13596475577881948265e-11)))));
  // 1 − z/2 rounds; what it lost is added back.
  const half = 0.5 * z;
  const w = 1 - half;
  return w + (((1 - w) - half) + (z * r - x * tail));
}

/** sin(x + quarterTurns · π/2), the shared body of `sin` and `cos`. */
function sinOfTurned(name: string, x: number, quarterTurns: number): number {
  if (!(Math.abs(x) <= ANGLE_LIMIT)) {
    throw new RangeError(`Cannot compute ${name}: expected -${ANGLE_LIMIT} to ${ANGLE_LIMIT}, got ${x}`);
  }
  // x − n π/2 in two steps of 33 bits and a tail (Cody and Waite), held as reduced + tail.
  const n = Math.floor(x * TWO_OVER_PI + 0.5);
  const first = x - n * PIO2_1;
  const second = n * PIO2_2;
  const r = first - second;
  const correction = n * PIO2_2_TAIL - ((first - r) - second);
  const reduced = r - correction;
  const tail = (r - reduced) - correction;
  switch ((n + quarterTurns) & 3) {
    case 0:
      return sinNearZero(reduced, tail);
    case 1:
      return cosNearZero(reduced, tail);
    case 2:
      return -sinNearZero(reduced, tail);
    default:
      return -cosNearZero(reduced, tail);
  }
}

/**
 * Sine of x radians, |x| ≤ 1000.
 *
 * @throws {RangeError} If |x| > 1000 or x is NaN.
 */
export function sin(x: number): number {
  return sinOfTurned("sin", x, 0);
}

/**
 * Cosine of x radians, |x| ≤ 1000.
 *
 * @throws {RangeError} If |x| > 1000 or x is NaN.
 */
export function cos(x: number): number {
  return sinOfTurned("cos", x, 1);
}

/**
 * Tangent of x radians, |x| ≤ 1000.
 *
 * @throws {RangeError} If |x| > 1000 or x is NaN.
 */
export function tan(x: number): number {
  return sinOfTurned("tan", x, 0) / sinOfTurned("tan", x, 1);
}
