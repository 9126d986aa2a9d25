/**
 * Moves every pixel by a smooth random field, bilinear; torchvision's `ElasticTransform` with its formula:
 *
 * noise U(−1, 1) for each pixel (draws 0 … 783 for x, 784 … 1567 for y, row by row), smoothed by a Gaussian of `sigma`
 * pixels cut off at about 4 sigma with the image mirrored at its edges, times `alpha` / 2 pixels: torchvision divides
 * alpha by the image's side, in coordinates in which the image is 2 wide. What is outside counts as 0, and a pixel that
 * looks partly outside is darkened twice, by its own weights and by torchvision's mask for the fill.
 *
 * Source: torchvision 0.28, `ElasticTransform.get_params`, `_apply_grid_transform`; Simard, Steinkraus and Platt (2003).
 *
 * @module
 */
import { exp } from "../../math/elementary.ts";
import type { AugmentationPixels } from "./augmentation.ts";
import { PIXELS, roundHalfToEven, SIDE } from "./image.ts";
import { FIXED_ONE, maskedAt } from "./sampling.ts";

/** [28,28] What a row of noise becomes: each smoothed value as a sum over the row, mirrored ends folded in. */
function blurMatrix(sigma: number): Float64Array {
  const taps = Math.trunc(8 * sigma + 1), reach = taps >> 1; // an even number of taps gets one more
  const weights = Array.from({ length: 2 * reach + 1 }, (_, tap) => {
    const distance = (tap - reach) / sigma;
    return exp(-0.5 * distance * distance);
  });
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const matrix = new Float64Array(PIXELS);
  for (let x = 0; x < SIDE; x++) {
    weights.forEach((weight, tap) => {
      const from = Math.abs(x + tap - reach);
      matrix[x * SIDE + (from < SIDE ? from : 2 * (SIDE - 1) - from)] += weight / total;
    });
  }
  return matrix;
}

const blurOfSigma = new Map<number, Float64Array>();

function cachedBlurMatrix(sigma: number): Float64Array {
  let matrix = blurOfSigma.get(sigma);
  if (matrix === undefined) {
    matrix = blurMatrix(sigma);
    blurOfSigma.set(sigma, matrix);
  }
  return matrix;
}

const noise = new Float64Array(PIXELS), blurredRows = new Float64Array(PIXELS);

/** Smooths `noise` [28,28] along both axes and writes it, times `factor`, to `out`. */
function blur(matrix: Float64Array, factor: number, out: Float64Array): void {
  for (let y = 0; y < PIXELS; y += SIDE) {
    for (let x = 0; x < SIDE; x++) {
      let sum = 0;
      for (let from = 0; from < SIDE; from++) sum += matrix[x * SIDE + from] * noise[y + from];
      blurredRows[y + x] = sum;
    }
  }
  out.fill(0);
  for (let y = 0; y < PIXELS; y += SIDE) {
    for (let from = 0; from < SIDE; from++) {
      const weight = factor * matrix[y + from], row = from * SIDE;
      for (let x = 0; x < SIDE; x++) out[y + x] += weight * blurredRows[row + x];
    }
  }
}

export const elastic: AugmentationPixels<"elastic"> = {
  drawCount: 2 * PIXELS,
  /** How far to the right, then how far down each pixel of the result looks, in pixels. */
  drawnLength: 2 * PIXELS,
  draw({ alpha, sigma }, draws, drawn) {
    const matrix = cachedBlurMatrix(sigma);
    for (const start of [0, PIXELS]) {
      for (let i = 0; i < PIXELS; i++) noise[i] = 2 * draws.unit(start + i) - 1;
      blur(matrix, alpha / 2, drawn.subarray(start, start + PIXELS));
    }
  },
  apply(_, drawn, image, out) {
    for (let y = 0; y < SIDE; y++) {
      for (let x = 0; x < SIDE; x++) {
        const i = y * SIDE + x;
        const fromX = Math.floor((x + 0.5 + drawn[i]) * FIXED_ONE + 0.5);
        const fromY = Math.floor((y + 0.5 + drawn[PIXELS + i]) * FIXED_ONE + 0.5);
        out[i] = roundHalfToEven(maskedAt(image, fromX, fromY));
      }
    }
  },
};
