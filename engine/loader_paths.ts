/**
 * What the environment of a program that this one starts must not hold.
 *
 * @module
 */

/**
 * For the environment of every program that is started: Deno starts none with these variables set, as clusters and
 * containers set them, unless it may start any program; empty, they are let through. A program whose libraries are found
 * in no other way says so itself.
 */
export const NO_LOADER_PATHS = { LD_LIBRARY_PATH: "", LD_PRELOAD: "" } as const;
