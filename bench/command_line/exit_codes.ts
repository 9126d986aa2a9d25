/**
 * What the programs in `bench/` exit with.
 *
 * @module
 */

/**
 * `failed`: a criterion failed, a published table differs, or the program itself is at fault; `underpowered`: too few
 * trials to tell.
 */
export const EXIT = { ok: 0, failed: 1, usage: 2, underpowered: 3, interrupted: 130 } as const;
