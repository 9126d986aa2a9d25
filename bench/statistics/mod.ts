/**
 * The statistics that a handful of trials bears.
 *
 * @module
 */
export * from "./alternative.ts";
export * from "./crossed.ts";
export * from "./describe.ts";
export * from "./distributions.ts";
export * from "./fisher.ts";
export * from "./holm.ts";
export * from "./intervals.ts";
export * from "./mann_whitney.ts";
export * from "./mcnemar.ts";
export * from "./power.ts";
export * from "./t_tests.ts";
export * from "./whole_units.ts";
