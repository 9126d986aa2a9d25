/**
 * x · Φ(x) with the normal distribution Φ(x) = (1 + erf(x/√2)) / 2; the derivative is Φ(x) + x · φ(x),
 * φ(x) = e^(−x²/2) / √(2π).
 *
 * Φ(−|x|) = e^(−x²/2) · t · P(t), t = 1 / (1 + 0.35 |x|), with a polynomial P of degree 8 that is within 3.2e-8 of the true
 * ratio, relative, for |x| ≤ 14, beyond which float32 has nothing left (a weighted least-squares fit to SciPy's
 * `erfcx`); the other side is 1 − Φ(−|x|). The form is that of Abramowitz and Stegun, 7.1.26.
 * Source: Hendrycks and Gimpel (2016), arXiv:1606.08415.
 *
 * @module
 */
import type { Arithmetic } from "../arithmetic.ts";
import type { Activation } from "./activation.ts";

const SLOWNESS = 0.35;
/** Of P, from the highest power of t. */
const COEFFICIENTS = [
  -0.0291458712,
  0.1439714301,
  -0.2557137417,
  0.1591736203,
  -0.02310949412,
  0.1055078724,
  0.1198328979,
  0.1398618659,
  0.1396214045,
];
const ONE_OVER_ROOT_TWO_PI = 0.3989422804014327;

/** Φ(x), and e^(−x²/2). */
function normal<V>(a: Arithmetic<V>, x: V): { readonly below: V; readonly bell: V } {
  const one = a.constant(1), size = a.absolute(x);
  const bell = a.keep(a.exponential(a.multiply(a.multiply(x, x), a.constant(-0.5))));
  const t = a.keep(a.divide(one, a.multiplyAdd(a.constant(SLOWNESS), size, one)));
  const ratio = COEFFICIENTS.slice(1).reduce(
    (sum, coefficient) => a.multiplyAdd(sum, t, a.constant(coefficient)),
    a.constant(COEFFICIENTS[0]),
  );
  const tail = a.keep(a.multiply(a.multiply(bell, t), ratio));
  return { below: a.whereGreater(x, a.constant(0), a.subtract(one, tail), tail), bell };
}

export const gelu: Activation<"gelu"> = {
  value: (a, x) => a.multiply(x, normal(a, x).below),
  gradient(a, x, dy) {
    const { below, bell } = normal(a, x);
    const density = a.multiply(bell, a.constant(ONE_OVER_ROOT_TWO_PI));
    return a.multiply(dy, a.multiplyAdd(x, density, below));
  },
};
