/**
 * What the programs in `bench/` exit with.
 *
 * @module
 */

/** `failed`: a criterion failed, a published table differs, or the program itself is at fault. */
export const EXIT = { ok: 0, failed: 1, usage: 2, interrupted: 130 } as const;
