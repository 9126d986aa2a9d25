/**
 * Ways from one value to another.
 *
 * @module
 */
import { cos } from "../../../math/elementary.ts";

const PI = 3.141592653589793;

/** Half a cosine from `start` (fraction 0) to `end` (fraction 1). */
export function annealCosine(start: number, end: number, fraction: number): number {
  return end + (start - end) / 2 * (cos(PI * fraction) + 1);
}

/** A straight line from `start` (fraction 0) to `end` (fraction 1). */
export function annealLinear(start: number, end: number, fraction: number): number {
  return start + (end - start) * fraction;
}
