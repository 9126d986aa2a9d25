/**
 * Random changes of a training image, with torchvision's meaning and Pillow's pixels.
 *
 * Pixels come from integer arithmetic alone: rotation from an inverse affine matrix in 16.16 fixed point, resizing
 * from weights with 22 fraction bits. Both are computed once by the functions exported here, so that every engine
 * makes the same pixels. Draws are those of `Stream.augmentation`.
 *
 * Source: Pillow 12, `Image.rotate`, Geometry.c (`affine_fixed`) and Resample.c; torchvision,
 * `RandomApply([CenterCrop])` with `Resize`, `RandomRotation`, `RandomAffine`.
 *
 * @module
 */
import { cos, sin } from "../math/elementary.ts";
import type { Augmentation } from "../models/types.ts";
import { philox4x32 } from "../random/philox.ts";
import { Stream, toUnit } from "./streams.ts";

/** Width and height of an image. */
export const SIDE = 28;
const PIXELS = SIDE * SIDE;

const FIXED_ONE = 65536; // 16.16
const DEGREE = 3.141592653589793 / 180;

function toFixed16(value: number): number {
  return Math.floor(value * FIXED_ONE + 0.5);
}

/**
 * Writes the 16.16 fixed-point matrix [a, b, c, d, e, f] of a rotation about the image's centre to `out[0..5]`.
 *
 * Output pixel (x, y) is input pixel ((a·x + b·y + c) >> 16, (d·x + e·y + f) >> 16), or 0 outside the image; the
 * half pixel to the centre of pixel (0, 0) is part of c and f. Positive degrees turn counter-clockwise.
 */
export function rotationMatrix(degrees: number, out: Int32Array = new Int32Array(6)): Int32Array {
  const radians = degrees * DEGREE;
  const cosine = cos(radians), sine = sin(radians);
  const centre = SIDE / 2;
  // The inverse rotation: where an output pixel comes from.
  const c = centre - centre * cosine + centre * sine;
  const f = centre - centre * sine - centre * cosine;
  out[0] = toFixed16(cosine);
  out[1] = toFixed16(-sine);
  out[2] = toFixed16(c + 0.5 * cosine - 0.5 * sine);
  out[3] = toFixed16(sine);
  out[4] = toFixed16(cosine);
  out[5] = toFixed16(f + 0.5 * sine + 0.5 * cosine);
  return out;
}

/** How a row or column of a centre crop becomes 28 pixels. */
export interface ResizeWeights {
  /** First row and column of the crop. */
  readonly start: number;
  /** Weights per output pixel. */
  readonly taps: number;
  /** [28]: the input pixel, counted from the crop's first, that the first weight belongs to; first + taps ≤ size. */
  readonly first: Int32Array;
  /** [28,taps]: 22-bit fixed point, 0 where unused. */
  readonly weights: Int32Array;
}

const RESIZE_BITS = 22;
const RESIZE_HALF = 1 << (RESIZE_BITS - 1);
const RESIZE_ONE = 1 << RESIZE_BITS;

/**
 * Bilinear weights that take a centre crop of `size` × `size` to 28×28.
 *
 * Along each axis an output pixel is (Σ weight · input + 2^21) >> 22: rows first, rounded to uint8, then columns.
 *
 * @throws {RangeError} If `size` is not an integer from 1 to 28.
 */
export function resizeWeights(size: number): ResizeWeights {
  if (!(Number.isInteger(size) && size >= 1 && size <= SIDE)) {
    throw new RangeError(`Cannot resize a centre crop: expected a size from 1 to ${SIDE}, got ${size}`);
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
    // At the far edge the taps move inwards, so that none reads beyond the crop.
    first[x] = Math.min(from, size - taps);
    const firstTap = x * taps + from - first[x];
    triangle.forEach((weight, tap) => weights[firstTap + tap] = Math.floor(weight / sum * RESIZE_ONE + 0.5));
  }
  // torchvision rounds half a pixel to even.
  const margin = SIDE - size, half = margin >> 1;
  const start = margin % 2 === 0 ? half : half + (half & 1);
  return { start, taps, first, weights };
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

const resizedRows = new Uint8Array(PIXELS);

/** Takes the centre `size` × `size` of `image` [28,28] and resizes it to `out` [28,28]; the two are disjoint. */
export function centerCropResize(image: Uint8Array, size: number, out: Uint8Array): void {
  const { start, taps, first, weights } = cachedResizeWeights(size);
  for (let y = 0; y < size; y++) {
    const row = (start + y) * SIDE + start;
    for (let x = 0; x < SIDE; x++) {
      let sum = RESIZE_HALF;
      for (let tap = 0; tap < taps; tap++) {
        sum += Math.imul(image[row + first[x] + tap], weights[x * taps + tap]);
      }
      resizedRows[y * SIDE + x] = sum >> RESIZE_BITS;
    }
  }
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      let sum = RESIZE_HALF;
      for (let tap = 0; tap < taps; tap++) {
        sum += Math.imul(resizedRows[(first[y] + tap) * SIDE + x], weights[y * taps + tap]);
      }
      out[y * SIDE + x] = sum >> RESIZE_BITS;
    }
  }
}

/** Whether a 16.16 coordinate lies in 0 … 27: a negative one is a large unsigned one. */
function isInside(fixed: number): boolean {
  return ((fixed >> 16) >>> 0) < SIDE;
}

/** Turns `image` [28,28] by `matrix` (see `rotationMatrix`), nearest pixel, 0 outside; `out` is disjoint from it. */
export function rotate(image: Uint8Array, matrix: Int32Array, out: Uint8Array): void {
  const a = matrix[0], b = matrix[1], d = matrix[3], e = matrix[4];
  let rowX = matrix[2], rowY = matrix[5];
  for (let row = 0; row < PIXELS; row += SIDE) {
    // The pixels of a row that come from inside the image are neighbours: find the ends, then copy unchecked.
    let from = row, x = rowX, y = rowY;
    while (from < row + SIDE && !(isInside(x) && isInside(y))) {
      out[from++] = 0;
      x += a;
      y += d;
    }
    let to = row + SIDE, lastX = rowX + (SIDE - 1) * a, lastY = rowY + (SIDE - 1) * d;
    while (to > from && !(isInside(lastX) && isInside(lastY))) {
      out[--to] = 0;
      lastX -= a;
      lastY -= d;
    }
    for (let i = from; i < to; i++) {
      out[i] = image[(y >> 16) * SIDE + (x >> 16)];
      x = (x + a) | 0;
      y = (y + d) | 0;
    }
    rowX += b;
    rowY += e;
  }
}

/** Moves `image` [28,28] by whole pixels, +x right and +y down, 0 outside; `out` is disjoint from it. */
export function translate(image: Uint8Array, x: number, y: number, out: Uint8Array): void {
  if (Math.abs(x) >= SIDE || Math.abs(y) >= SIDE) {
    out.fill(0);
    return;
  }
  out.set(image);
  const shift = y * SIDE + x;
  if (shift > 0) {
    out.copyWithin(shift, 0, PIXELS - shift);
    out.fill(0, 0, shift);
  } else if (shift < 0) {
    out.copyWithin(0, -shift, PIXELS);
    out.fill(0, PIXELS + shift, PIXELS);
  }
  // What left a row on one side has entered its neighbour on the other.
  const from = x > 0 ? 0 : SIDE + x, to = x > 0 ? x : SIDE;
  for (let row = 0; row < PIXELS; row += SIDE) {
    for (let i = row + from; i < row + to; i++) out[i] = 0;
  }
}

/** A uniform number in [−range, range) from a word. */
function symmetric(word: number, range: number): number {
  return (2 * toUnit(word) - 1) * range;
}

/** A whole number of pixels from U(−fraction·28, fraction·28); a half goes up. */
function wholePixels(word: number, fraction: number): number {
  return Math.round(symmetric(word, fraction * SIDE)) | 0;
}

const words = new Uint32Array(4);
const drawn = new Int32Array(6);
const scratch = [new Uint8Array(PIXELS), new Uint8Array(PIXELS)];

/** Which example's augmentation is drawn. */
export interface AugmentationDraw {
  readonly seed: number;
  /** 1-based. */
  readonly epoch: number;
  /** In the training set. */
  readonly exampleIndex: number;
}

/**
 * Writes what an operation of the recipe does to an example to `out` and returns the number of words:
 * - `centerCropResize`: 1, whether it is applied: with probability p (draw 0 as a fraction < p);
 * - `rotate`: 6, the `rotationMatrix` of U(−degrees, degrees) (draw 0);
 * - `translate`: 2, x (draw 0) and y (draw 1), each round(U(−fraction·28, fraction·28)) pixels.
 */
export function drawAugmentation(
  operation: Augmentation,
  ordinal: number,
  { seed, epoch, exampleIndex }: AugmentationDraw,
  out: Int32Array,
): number {
  philox4x32(0, exampleIndex, epoch, ordinal, seed, Stream.augmentation, words);
  switch (operation.kind) {
    case "centerCropResize":
      out[0] = toUnit(words[0]) < operation.p ? 1 : 0;
      return 1;
    case "rotate":
      rotationMatrix(symmetric(words[0], operation.degrees), out);
      return 6;
    case "translate":
      out[0] = wholePixels(words[0], operation.fraction);
      out[1] = wholePixels(words[1], operation.fraction);
      return 2;
  }
}

/**
 * Writes the augmented image to `out` [28,28].
 *
 * Operations are applied in list order, each with the draws of its own position in the list: see
 * `drawAugmentation`. `image` and `out` are uint8, 784 long, and may be the same. A pure function of its arguments.
 */
export function augment(
  image: Uint8Array,
  out: Uint8Array,
  operations: readonly Augmentation[],
  seed: number,
  epoch: number,
  exampleIndex: number,
): void {
  let current = image;
  const draw: AugmentationDraw = { seed, epoch, exampleIndex };
  for (let ordinal = 0; ordinal < operations.length; ordinal++) {
    const operation = operations[ordinal];
    const next = current === scratch[0] ? scratch[1] : scratch[0];
    drawAugmentation(operation, ordinal, draw, drawn);
    switch (operation.kind) {
      case "centerCropResize":
        if (drawn[0] === 0) continue;
        centerCropResize(current, operation.size, next);
        break;
      case "rotate":
        rotate(current, drawn, next);
        break;
      case "translate":
        translate(current, drawn[0], drawn[1], next);
        break;
    }
    current = next;
  }
  if (current !== out) out.set(current);
}
