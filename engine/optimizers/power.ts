/**
 * Whole powers whose bits are the same in every JavaScript engine.
 *
 * @module
 */

/** base^exponent by repeated squaring; the exponent is a whole number. */
export function power(base: number, exponent: number): number {
  let result = 1;
  for (let square = base, rest = exponent; rest > 0; square *= square, rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result *= square;
  }
  return result;
}
