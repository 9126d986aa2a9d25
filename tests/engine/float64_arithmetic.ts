/**
 * The arithmetic of plain numbers, for tests: float64, and float32 with every operation rounded.
 *
 * @module
 */
import type { Arithmetic } from "../../engine/arithmetic.ts";

/** Operations on numbers, each result through `round`. */
function arithmetic(round: (value: number) => number): Arithmetic<number> {
  return {
    constant: round,
    add: (a, b) => round(a + b),
    subtract: (a, b) => round(a - b),
    multiply: (a, b) => round(a * b),
    divide: (a, b) => round(a / b),
    squareRoot: (a) => round(Math.sqrt(a)),
    multiplyAdd: (a, b, c) => round(round(a * b) + c),
    multiplySubtract: (a, b, c) => round(c - round(a * b)),
    minimum: Math.min,
    maximum: Math.max,
    absolute: Math.abs,
    whereGreater: (a, b, yes, no) => a > b ? yes : no,
    exponential: (a) => round(Math.exp(a)),
    keep: (a) => a,
  };
}

export const float64Arithmetic: Arithmetic<number> = arithmetic((value) => value);
export const float32Arithmetic: Arithmetic<number> = arithmetic(Math.fround);
