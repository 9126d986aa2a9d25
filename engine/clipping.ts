/**
 * What engines share of clipping gradients.
 *
 * @module
 */

/**
 * Added to the norm of all gradients before `clipNorm` is divided by it, so that a norm of 0 does no harm; PyTorch's
 * `clip_grad_norm_`.
 */
export const CLIP_EPSILON = 1e-6;
