/**
 * Images seen through a map of places: for each pixel of the result, where in the image it comes from.
 *
 * Places are in 1/65536 of a pixel, the centre of pixel (0, 0) at 32768; a place outside the image takes the fill.
 * Bilinear values are between the four pixels around a place, those at the edge standing for the ones beyond it, with
 * weights of 11 fraction bits, cut off to a whole number.
 *
 * Source: Pillow 12, Geometry.c (`affine_fixed`, `bilinear_filter8`).
 *
 * @module
 */
import { PIXELS, SIDE } from "./image.ts";

/** One pixel. */
export const FIXED_ONE = 65536;
const END = SIDE * FIXED_ONE;
const HALF = FIXED_ONE / 2;
/** A 16-bit fraction loses 5 bits, so that 255 · 2^11 · 2^11 stays below 2^31. */
const LOST_BITS = 5;
const WEIGHT_ONE = 2048;
const WEIGHT_BITS = 22;
/** Of the four pixels together. */
const WHOLE_WEIGHT = WEIGHT_ONE * WEIGHT_ONE;

/** How a result is taken from an image. */
export interface Sampling {
  readonly fill: number;
  readonly interpolation: "nearest" | "bilinear";
}

/** In 1/65536, halves up. */
export const toFixed = (value: number): number => Math.floor(value * FIXED_ONE + 0.5);

/**
 * Writes [a, b, c, d, e, f] in 1/65536 to `out[0..5]`: pixel (x, y) of the result comes from
 * (a·x + b·y + c, d·x + e·y + f). The half pixels to the centres of pixels are part of c and f.
 */
export function writeFixedMatrix(
  [a, b, c, d, e, f]: readonly [number, number, number, number, number, number],
  out: Float64Array,
): void {
  out[0] = toFixed(a);
  out[1] = toFixed(b);
  out[2] = toFixed(c + 0.5 * a + 0.5 * b);
  out[3] = toFixed(d);
  out[4] = toFixed(e);
  out[5] = toFixed(f + 0.5 * d + 0.5 * e);
}

/** Value at a place inside the image. */
function between(image: Uint8Array, x: number, y: number): number {
  const left = Math.floor((x - HALF) / FIXED_ONE), top = Math.floor((y - HALF) / FIXED_ONE);
  const toRight = (x - HALF - left * FIXED_ONE) >> LOST_BITS;
  const down = (y - HALF - top * FIXED_ONE) >> LOST_BITS;
  const x0 = Math.max(left, 0), x1 = Math.min(left + 1, SIDE - 1);
  const upper = Math.max(top, 0) * SIDE, lower = Math.min(top + 1, SIDE - 1) * SIDE;
  const above = image[upper + x0] * (WEIGHT_ONE - toRight) + image[upper + x1] * toRight;
  const below = image[lower + x0] * (WEIGHT_ONE - toRight) + image[lower + x1] * toRight;
  return (above * (WEIGHT_ONE - down) + below * down) >> WEIGHT_BITS;
}

/** The image's value at a place; places are whole numbers, those outside (or NaN) give the fill. */
export function sampleAt(image: Uint8Array, x: number, y: number, { fill, interpolation }: Sampling): number {
  if (!(x >= 0 && x < END && y >= 0 && y < END)) return fill;
  return interpolation === "nearest" ? image[(y >> 16) * SIDE + (x >> 16)] : between(image, x, y);
}

/**
 * The bilinear value at any place, what lies outside the image counting as 0, times the share of the weights that lies
 * inside: a fill of 0 as torchvision's grids have it. Not cut off.
 */
export function maskedAt(image: Uint8Array, x: number, y: number): number {
  const left = Math.floor((x - HALF) / FIXED_ONE), top = Math.floor((y - HALF) / FIXED_ONE);
  const toRight = (x - HALF - left * FIXED_ONE) >> LOST_BITS;
  const down = (y - HALF - top * FIXED_ONE) >> LOST_BITS;
  let sum = 0, inside = 0;
  for (let row = 0; row < 2; row++) {
    const fromTop = top + row;
    if (fromTop < 0 || fromTop >= SIDE) continue;
    for (let column = 0; column < 2; column++) {
      const fromLeft = left + column;
      if (fromLeft < 0 || fromLeft >= SIDE) continue;
      const weight = (column === 0 ? WEIGHT_ONE - toRight : toRight) * (row === 0 ? WEIGHT_ONE - down : down);
      sum += weight * image[fromTop * SIDE + fromLeft];
      inside += weight;
    }
  }
  // below 2^52, so the product is exact, and so are the quotients
  return sum * inside / WHOLE_WEIGHT / WHOLE_WEIGHT;
}

/** Whether a place lies in 0 … 27: a negative one is a large unsigned one. */
function isInside(fixed: number): boolean {
  return ((fixed >> 16) >>> 0) < SIDE;
}

/** Places that no matrix of 32-bit numbers reaches are beyond this. */
const INT32_END = 2147483648;

/** Whether all places of a matrix of `writeFixedMatrix` are 32-bit numbers. */
export function staysInInt32(matrix: Float64Array): boolean {
  const reach = (a: number, b: number, c: number) => (Math.abs(a) + Math.abs(b)) * SIDE + Math.abs(c);
  return reach(matrix[0], matrix[1], matrix[2]) < INT32_END &&
    reach(matrix[3], matrix[4], matrix[5]) < INT32_END;
}

/** Writes the pixels `from` … `to − 1` of the result, all from inside the image; (x, y) is where the first comes from. */
type WriteRow = (
  image: Uint8Array,
  out: Uint8Array,
  span: { readonly from: number; readonly to: number },
  place: { readonly x: number; readonly y: number; readonly stepX: number; readonly stepY: number },
) => void;

const writeNearest: WriteRow = (image, out, { from, to }, place) => {
  const { stepX, stepY } = place;
  let { x, y } = place;
  for (let i = from; i < to; i++) {
    out[i] = image[(y >> 16) * SIDE + (x >> 16)];
    x = (x + stepX) | 0;
    y = (y + stepY) | 0;
  }
};

/** As `between`, in 32-bit numbers: a shift to the right is the floor, and no product reaches 2^31. */
const writeBilinear: WriteRow = (image, out, { from, to }, place) => {
  const { stepX, stepY } = place;
  let x = (place.x - HALF) | 0, y = (place.y - HALF) | 0;
  for (let i = from; i < to; i++) {
    const left = x >> 16, top = y >> 16;
    const toRight = (x & (FIXED_ONE - 1)) >> LOST_BITS, down = (y & (FIXED_ONE - 1)) >> LOST_BITS;
    const x0 = left < 0 ? 0 : left, x1 = left < SIDE - 1 ? left + 1 : SIDE - 1;
    const upper = (top < 0 ? 0 : top) * SIDE, lower = (top < SIDE - 1 ? top + 1 : SIDE - 1) * SIDE;
    const above = image[upper + x0] * (WEIGHT_ONE - toRight) + image[upper + x1] * toRight;
    const below = image[lower + x0] * (WEIGHT_ONE - toRight) + image[lower + x1] * toRight;
    out[i] = (above * (WEIGHT_ONE - down) + below * down) >> WEIGHT_BITS;
    x = (x + stepX) | 0;
    y = (y + stepY) | 0;
  }
};

const WRITE_ROW = { nearest: writeNearest, bilinear: writeBilinear } satisfies Record<
  Sampling["interpolation"],
  WriteRow
>;

/** Pixels through a matrix whose places are all 32-bit numbers. */
function mapInt32(
  image: Uint8Array,
  matrix: Float64Array,
  { fill, interpolation }: Sampling,
  out: Uint8Array,
): void {
  const writeRow = WRITE_ROW[interpolation];
  const stepX = matrix[0] | 0, b = matrix[1] | 0, stepY = matrix[3] | 0, e = matrix[4] | 0;
  let rowX = matrix[2] | 0, rowY = matrix[5] | 0;
  for (let row = 0; row < PIXELS; row += SIDE) {
    // The pixels of a row that come from inside the image are neighbours: find the ends, then write unchecked.
    let from = row, x = rowX, y = rowY;
    while (from < row + SIDE && !(isInside(x) && isInside(y))) {
      out[from++] = fill;
      x = (x + stepX) | 0;
      y = (y + stepY) | 0;
    }
    let to = row + SIDE, lastX = rowX + (SIDE - 1) * stepX, lastY = rowY + (SIDE - 1) * stepY;
    while (to > from && !(isInside(lastX) && isInside(lastY))) {
      out[--to] = fill;
      lastX -= stepX;
      lastY -= stepY;
    }
    writeRow(image, out, { from, to }, { x, y, stepX, stepY });
    rowX = (rowX + b) | 0;
    rowY = (rowY + e) | 0;
  }
}

/** Writes the image seen through a matrix of `writeFixedMatrix` to `out`, which is disjoint from it. */
export function mapAffine(
  image: Uint8Array,
  matrix: Float64Array,
  sampling: Sampling,
  out: Uint8Array,
): void {
  if (staysInInt32(matrix)) {
    mapInt32(image, matrix, sampling, out);
    return;
  }
  const [a, b, c, d, e, f] = matrix;
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      out[y * SIDE + x] = sampleAt(image, a * x + b * y + c, d * x + e * y + f, sampling);
    }
  }
}
