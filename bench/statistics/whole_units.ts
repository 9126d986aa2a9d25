/**
 * Values that are known to a whole unit only: an accuracy to an image of so many, an epoch to itself.
 *
 * @module
 */

/** What the values of a sample can be. */
export interface Unit {
  /** All are whole multiples of it; 0 where any number can be. */
  readonly unit: number;
}

/**
 * The deviation that tests and intervals of a handful of values take: theirs, and no less than unit/√12.
 *
 * Two or three values that tie show no spread, because none below a unit can show. A value that is rounded to a unit
 * lies anywhere within it, and what is uniform over a unit has the deviation unit/√12. For up to twelve values it counts
 * where all tie and nowhere else: one that is a unit off makes unit/√n. `tests/bench/statistics/whole_units_test.ts`
 * simulates how often tests and intervals err.
 *
 * Source: Sheppard (1898), Proceedings of the London Mathematical Society 29:353.
 */
export function leastDeviation(deviation: number, { unit }: Unit): number {
  return Math.max(deviation, unit / Math.sqrt(12));
}
