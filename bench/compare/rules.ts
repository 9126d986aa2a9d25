/**
 * What counts as a difference.
 *
 * @module
 */

/** What a comparison is to show. */
export interface CompareRules {
  /** Level of the two-sided tests, and 1 minus the confidence of each interval. */
  readonly alpha: number;
  /** Sides are equal that are shown to differ in accuracy, a fraction, by less. */
  readonly margin: number;
  /** All comparisons that were made, where they are more than those shown. */
  readonly family?: number;
}

/** Where nobody says otherwise. */
export const COMPARE_DEFAULTS = { alpha: 0.05, margin: 0.001 } as const satisfies CompareRules;
