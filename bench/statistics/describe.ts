/**
 * What is told about the values of several trials.
 *
 * @module
 */

export interface Distribution {
  readonly n: number;
  readonly mean: number;
  /** Sample standard deviation (n − 1); absent for a single value. */
  readonly deviation?: number;
  readonly min: number;
  readonly max: number;
}

/** Mean, sample deviation and range, the same to the bit in whatever order; undefined without values. */
export function describe(values: readonly number[]): Distribution | undefined {
  const n = values.length;
  if (n === 0) return undefined;
  // Rounding depends on the order of a sum.
  const sorted = [...values].sort((a, b) => a - b);
  const mean = sorted.reduce((sum, value) => sum + value, 0) / n;
  const squares = sorted.reduce((sum, value) => sum + (value - mean) * (value - mean), 0);
  const range = { min: sorted[0], max: sorted[n - 1] };
  return n === 1 ? { n, mean, ...range } : { n, mean, deviation: Math.sqrt(squares / (n - 1)), ...range };
}

/**
 * The middle value, or the mean of the two in the middle; `Infinity` stands for "never".
 *
 * Undefined without values, and where the middle itself is "never".
 */
export function median(values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted.length >> 1;
  const middle = sorted.length % 2 === 1 ? sorted[upper] : (sorted[upper - 1] + sorted[upper]) / 2;
  return Number.isFinite(middle) ? middle : undefined;
}
