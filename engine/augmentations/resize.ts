/**
 * Parts of an image, enlarged to 28×28 as Pillow does it, bilinear.
 *
 * Source: Pillow 12, Resample.c (`precompute_coeffs`, 8 bits per channel).
 *
 * @module
 */
import { PIXELS, SIDE } from "./image.ts";

/** How `size` pixels in a row become 28. */
export interface ResizeWeights {
  /** Weights per output pixel. */
  readonly taps: number;
  /** [28]: the input pixel that the first weight belongs to; first + taps ≤ size. */
  readonly first: Int32Array;
  /** [28,taps]: 22-bit fixed point, 0 where unused. */
  readonly weights: Int32Array;
}

/** Fraction bits of a weight. */
export const RESIZE_BITS = 22;
export const RESIZE_HALF = 1 << (RESIZE_BITS - 1);
const RESIZE_ONE = 1 << RESIZE_BITS;

/**
 * Bilinear weights that take `size` pixels in a row to 28.
 *
 * Along each axis an output pixel is (Σ weight · input + 2^21) >> 22: rows first, rounded to uint8, then columns.
 *
 * @throws {RangeError} If `size` is not an integer from 1 to 28.
 */
export function resizeWeights(size: number): ResizeWeights {
  if (!(Number.isInteger(size) && size >= 1 && size <= SIDE)) {
    throw new RangeError(`Cannot resize part of an image: expected a size from 1 to ${SIDE}, got ${size}`);
  }
  const scale = size / SIDE;
  const taps = Math.min(3, size); // one pixel to either side of the centre
  const first = new Int32Array(SIDE), weights = new Int32Array(SIDE * taps);
  for (let x = 0; x < SIDE; x++) {
    const centre = (x + 0.5) * scale;
    // Truncation and clamping as Pillow's `precompute_coeffs` does them.
    const from = Math.max(0, Math.trunc(centre - 1 + 0.5));
    const count = Math.min(size, Math.trunc(centre + 1 + 0.5)) - from;
    const triangle = Array.from(
      { length: count },
      (_, tap) => Math.max(0, 1 - Math.abs(tap + from - centre + 0.5)),
    );
    const sum = triangle.reduce((total, weight) => total + weight, 0);
    // At the far edge the taps move inwards, so that none reads beyond the part.
    first[x] = Math.min(from, size - taps);
    const firstTap = x * taps + from - first[x];
    triangle.forEach((weight, tap) => weights[firstTap + tap] = Math.floor(weight / sum * RESIZE_ONE + 0.5));
  }
  return { taps, first, weights };
}

const weightsOfSize = new Map<number, ResizeWeights>();

function cachedResizeWeights(size: number): ResizeWeights {
  let weights = weightsOfSize.get(size);
  if (weights === undefined) {
    weights = resizeWeights(size);
    weightsOfSize.set(size, weights);
  }
  return weights;
}

/** A rectangle inside an image, in pixels. */
export interface Box {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

const resizedRows = new Uint8Array(PIXELS);

/** Takes a part of `image` [28,28] and resizes it to `out` [28,28]; the two are disjoint. */
export function resizePart(image: Uint8Array, { top, left, height, width }: Box, out: Uint8Array): void {
  const across = cachedResizeWeights(width), down = cachedResizeWeights(height);
  for (let y = 0; y < height; y++) {
    const row = (top + y) * SIDE + left;
    for (let x = 0; x < SIDE; x++) {
      let sum = RESIZE_HALF;
      for (let tap = 0; tap < across.taps; tap++) {
        sum += Math.imul(image[row + across.first[x] + tap], across.weights[x * across.taps + tap]);
      }
      resizedRows[y * SIDE + x] = sum >> RESIZE_BITS;
    }
  }
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      let sum = RESIZE_HALF;
      for (let tap = 0; tap < down.taps; tap++) {
        sum += Math.imul(resizedRows[(down.first[y] + tap) * SIDE + x], down.weights[y * down.taps + tap]);
      }
      out[y * SIDE + x] = sum >> RESIZE_BITS;
    }
  }
}
