/**
 * What the activations with an e-function share: everything from e^−|x|, which cannot overflow.
 *
 * @module
 */
import type { Arithmetic } from "../arithmetic.ts";

/** e^(−factor · |x|), factor > 0. */
export const decay = <V>(a: Arithmetic<V>, x: V, factor: number): V =>
  a.exponential(a.multiply(a.constant(-factor), a.absolute(x)));

/** 1 / (1 + e^−x). */
export const sigmoidOf = <V>(a: Arithmetic<V>, x: V): V =>
  a.divide(a.constant(1), a.add(a.constant(1), a.exponential(a.subtract(a.constant(0), x))));

/** The sigmoid's derivative e / (1 + e)², with e = e^−|x|: nothing cancels far from 0. */
export function sigmoidSlope<V>(a: Arithmetic<V>, x: V): V {
  const e = a.keep(decay(a, x, 1)), sum = a.keep(a.add(a.constant(1), e));
  return a.divide(e, a.multiply(sum, sum));
}
