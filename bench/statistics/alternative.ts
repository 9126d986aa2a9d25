/**
 * What a test of two things looks for.
 *
 * @module
 */

/** The first below the second, above it, or either. */
export type Alternative = "less" | "greater" | "twoSided";
