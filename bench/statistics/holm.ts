/**
 * Several tests at once.
 *
 * @module
 */

/**
 * Holm's adjusted p-values, in the order of `p`: rejecting those below α makes a false rejection among all of them
 * at most α likely, whatever depends on what.
 *
 * The i-th smallest of m is multiplied by m − i + 1, and none is below a smaller one's. `family` counts all tests that
 * were made where they are more than are given: the others count as not rejected.
 *
 * Source: Holm (1979), Scandinavian Journal of Statistics 6:65.
 * @throws {RangeError} If `family` is smaller than the number of tests.
 */
export function holmAdjusted(p: readonly number[], family: number = p.length): number[] {
  if (family < p.length) {
    throw new RangeError(`Cannot adjust p-values: expected a family of at least ${p.length}, got ${family}`);
  }
  const order = p.map((_, index) => index).sort((a, b) => p[a] - p[b]);
  const adjusted = new Array<number>(p.length);
  let largest = 0;
  order.forEach((index, rank) => {
    largest = Math.max(largest, Math.min(1, (family - rank) * p[index]));
    adjusted[index] = largest;
  });
  return adjusted;
}
