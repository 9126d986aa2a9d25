/**
 * What is trained: iterations, their networks, and what their layers amount to.
 *
 * @module
 */
export * from "./iteration.ts";
export * from "./graph.ts";
export * from "./validate.ts";
export * from "./catalog.ts";
