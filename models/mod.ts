/**
 * What is trained: the iterations, their types, and what their layers amount to.
 *
 * @module
 */
export * from "./types.ts";
export * from "./shapes.ts";
export * from "./validate.ts";
export * from "./catalog.ts";
