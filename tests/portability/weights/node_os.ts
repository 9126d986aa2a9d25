/**
 * What the engine uses of `node:os`, for a browser, which tells nobody its processor.
 *
 * @module
 */
export const cpus = (): readonly { readonly model: string }[] => [];
