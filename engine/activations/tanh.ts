/**
 * The hyperbolic tangent: a polynomial near 0, where the exponentials would cancel, else 1 − 2 / (e^2|x| + 1) with the
 * sign of x. The derivative is 4e / (1 + e)², e = e^−2|x|.
 *
 * Within a few units in the last place of float32.
 * Source: the coefficients of Moshier's Cephes, tanhf.c.
 *
 * @module
 */
import type { Activation } from "./activation.ts";
import { decay } from "./decay.ts";

/** Up to here the polynomial is used. */
const NEAR = 0.625;
/** Of x² in (tanh x − x) / x³, from the highest power. */
const COEFFICIENTS = [-5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1];
const LAST = -3.33332819422e-1;

export const tanh: Activation<"tanh"> = {
  value(a, x) {
    const size = a.keep(a.absolute(x)), square = a.keep(a.multiply(x, x));
    const polynomial = [...COEFFICIENTS.slice(1), LAST].reduce(
      (sum, coefficient) => a.multiplyAdd(sum, square, a.constant(coefficient)),
      a.constant(COEFFICIENTS[0]),
    );
    const near = a.multiplyAdd(a.multiply(polynomial, square), x, x);
    const growth = a.exponential(a.multiply(a.constant(2), size));
    const far = a.keep(
      a.subtract(a.constant(1), a.divide(a.constant(2), a.add(growth, a.constant(1)))),
    );
    const signed = a.whereGreater(x, a.constant(0), far, a.subtract(a.constant(0), far));
    return a.whereGreater(size, a.constant(NEAR), signed, near);
  },
  gradient(a, x, dy) {
    const e = a.keep(decay(a, x, 2)), sum = a.keep(a.add(a.constant(1), e));
    return a.multiply(dy, a.divide(a.multiply(a.constant(4), e), a.multiply(sum, sum)));
  },
};
