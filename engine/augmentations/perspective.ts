/**
 * Moves the four corners inwards, bilinear; torchvision's `RandomPerspective`. Draws 0 … 7: by how many pixels x and y of
 * the top left, top right, bottom right and bottom left corner go inwards.
 *
 * Source: torchvision 0.28, `RandomPerspective.get_params`, `_get_perspective_coeffs`; Pillow 12, Geometry.c
 * (`perspective_transform`).
 *
 * @module
 */
import type { AugmentationPixels } from "./augmentation.ts";
import { SIDE } from "./image.ts";
import { FIXED_ONE, sampleAt, type Sampling } from "./sampling.ts";

const LAST = SIDE - 1;
/** x and y of the image's corners: top left, then clockwise. */
const CORNERS = [0, 0, LAST, 0, LAST, LAST, 0, LAST];
const UNKNOWNS = 8;

/** Solves `rows` · x = their last column in place, Gaussian elimination with the largest pivot of each column. */
function solve(rows: Float64Array[]): number[] {
  for (let column = 0; column < UNKNOWNS; column++) {
    let pivot = column;
    for (let row = column + 1; row < UNKNOWNS; row++) {
      if (Math.abs(rows[row][column]) > Math.abs(rows[pivot][column])) pivot = row;
    }
    [rows[column], rows[pivot]] = [rows[pivot], rows[column]];
    for (let row = column + 1; row < UNKNOWNS; row++) {
      const factor = rows[row][column] / rows[column][column];
      for (let i = column; i <= UNKNOWNS; i++) rows[row][i] -= factor * rows[column][i];
    }
  }
  const solution = new Array<number>(UNKNOWNS).fill(0);
  for (let row = UNKNOWNS - 1; row >= 0; row--) {
    let rest = rows[row][UNKNOWNS];
    for (let i = row + 1; i < UNKNOWNS; i++) rest -= rows[row][i] * solution[i];
    solution[row] = rest / rows[row][row];
  }
  return solution;
}

/**
 * [a, b, c, d, e, f, g, h] of the map that takes `corners` (x and y of each, as in `CORNERS`) to the image's corners:
 * (x, y) ↦ ((a·x + b·y + c) / (g·x + h·y + 1), (d·x + e·y + f) / (g·x + h·y + 1)). Rounded to float32 as torchvision
 * does; not finite where three corners lie on a line.
 */
export function perspectiveCoefficients(corners: ArrayLike<number>): number[] {
  const rows: Float64Array[] = [];
  for (let corner = 0; corner < UNKNOWNS; corner += 2) {
    const x = corners[corner], y = corners[corner + 1];
    const toX = CORNERS[corner], toY = CORNERS[corner + 1];
    rows.push(Float64Array.of(x, y, 1, 0, 0, 0, -toX * x, -toX * y, toX));
    rows.push(Float64Array.of(0, 0, 0, x, y, 1, -toY * x, -toY * y, toY));
  }
  return solve(rows).map(Math.fround);
}

export const perspective: AugmentationPixels<"perspective"> = {
  drawCount: UNKNOWNS,
  drawnLength: UNKNOWNS,
  draw({ distortion }, draws, drawn) {
    const most = Math.trunc(distortion * (SIDE / 2));
    for (let i = 0; i < UNKNOWNS; i++) {
      const inwards = draws.below(i, most + 1);
      drawn[i] = CORNERS[i] === 0 ? inwards : LAST - inwards;
    }
  },
  apply({ fill }, drawn, image, out) {
    const [a, b, c, d, e, f, g, h] = perspectiveCoefficients(drawn);
    const sampling: Sampling = { fill, interpolation: "bilinear" };
    for (let row = 0; row < SIDE; row++) {
      for (let column = 0; column < SIDE; column++) {
        const x = column + 0.5, y = row + 0.5, depth = g * x + h * y + 1;
        const fromX = Math.floor((a * x + b * y + c) / depth * FIXED_ONE);
        const fromY = Math.floor((d * x + e * y + f) / depth * FIXED_ONE);
        out[row * SIDE + column] = sampleAt(image, fromX, fromY, sampling);
      }
    }
  },
};
