/**
 * The arithmetic of plain numbers, for the formulas that engines share.
 *
 * @module
 */
import type { Arithmetic } from "../../engine/arithmetic.ts";

/** float64 */
export const numberArithmetic: Arithmetic<number> = {
  constant: (value) => value,
  add: (a, b) => a + b,
  subtract: (a, b) => a - b,
  multiply: (a, b) => a * b,
  divide: (a, b) => a / b,
  squareRoot: Math.sqrt,
  multiplyAdd: (a, b, c) => a * b + c,
  multiplySubtract: (a, b, c) => c - a * b,
  minimum: Math.min,
  maximum: Math.max,
  absolute: Math.abs,
  whereGreater: (a, b, yes, no) => a > b ? yes : no,
  exponential: Math.exp,
  keep: (a) => a,
};
