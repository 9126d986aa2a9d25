/**
 * exp and log in WGSL, from + − × ÷ and bit operations: WGSL's own have errors that differ from driver to driver.
 *
 * @module
 */

/**
 * `exponential(x)`, 0 below −87 and infinite where it leaves float32; `logarithm(x)` for normal positive x. Both within
 * about 1 ulp (of 1, for small logarithms), which `tests/engine/webgpu/elementary_test.ts` holds against the project's
 * own float64 functions.
 *
 * Source: Cody and Waite's reduction by ln 2 in two parts; Taylor's polynomials on what is left.
 */
export const EXPONENTIAL = `
fn exponential(x: f32) -> f32 {
  if (x < -87.0) { return 0.0; }
  // infinity cannot be written down in WGSL
  if (x > 88.72283) { var infinity = 0x7f800000u; return bitcast<f32>(infinity); }
  let k = round(x * 1.44269504);
  // x = k ln 2 + r with |r| up to ln 2 / 2
  let r = fma(-k, -2.12194440e-4, fma(-k, 0.693359375, x));
  var p = 1.98412698e-4;
  p = fma(p, r, 1.38888889e-3);
  p = fma(p, r, 8.33333333e-3);
  p = fma(p, r, 4.16666667e-2);
  p = fma(p, r, 0.166666667);
  p = fma(p, r, 0.5);
  p = fma(p, r, 1.0);
  p = fma(p, r, 1.0);
  // in two steps, since 2^128 is no number
  let half = i32(k) / 2;
  return p * bitcast<f32>(u32(half + 127) << 23u) * bitcast<f32>(u32(i32(k) - half + 127) << 23u);
}
`;

/** See `EXPONENTIAL`. */
export const LOGARITHM = `
fn logarithm(x: f32) -> f32 {
  // x = 2^k (1 + f) with 1 + f from about √½ to √2
  let shifted = bitcast<u32>(x) + (0x3f800000u - 0x3f3504f3u);
  let k = f32(i32(shifted >> 23u) - 127);
  let f = bitcast<f32>((shifted & 0x007fffffu) + 0x3f3504f3u) - 1.0;
  // log(1 + f) = 2 artanh(s)
  let s = f / (2.0 + f);
  let z = s * s;
  var p = 0.0909090909;
  p = fma(p, z, 0.111111111);
  p = fma(p, z, 0.142857143);
  p = fma(p, z, 0.2);
  p = fma(p, z, 0.333333333);
  p = fma(2.0 * s * z, p, 2.0 * s);
  return fma(k, 0.693359375, fma(k, -2.12194440e-4, p));
}
`;
