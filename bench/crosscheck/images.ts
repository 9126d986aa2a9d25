/**
 * How much data a comparison of engines has.
 *
 * @module
 */

/** Images drawn by the project: the same everywhere, and enough for 16 batches of 128. */
export const TRAINING_IMAGES = 2048;
