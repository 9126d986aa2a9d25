/**
 * Random rectangles, as torchvision's `RandomResizedCrop` and `RandomErasing` try to find them.
 *
 * @module
 */
import { exp, log } from "../../math/elementary.ts";
import type { Draws } from "./draws.ts";
import { PIXELS, roundHalfToEven, SIDE } from "./image.ts";

const TRIES = 10;
/** Area, ratio, top and left. */
const DRAWS_PER_TRY = 4;

/** Draws that the tries may take. */
export const BOX_DRAWS = TRIES * DRAWS_PER_TRY;
/** Numbers of a rectangle: top, left, height, width. */
export const BOX_LENGTH = 4;

/** What the rectangles are like. */
export interface BoxRange {
  /** Of the image's area. */
  readonly scale: readonly [number, number];
  /** Log-uniform in between. */
  readonly ratio: readonly [number, number];
  /** What the ratio is of. */
  readonly ratioOf: "width to height" | "height to width";
  /** Shortest and longest side. */
  readonly sides: readonly [number, number];
}

/**
 * Writes top, left, height and width of the first rectangle that fits to `box`: area from U(scale) (draw 4t of try t),
 * ratio from e^U(log ratio) (4t + 1), sides rounded with halves to even, top (4t + 2) and left (4t + 3) anywhere.
 *
 * @returns whether one of ten fitted
 */
export function drawBox(
  { scale, ratio, ratioOf, sides: [shortest, longest] }: BoxRange,
  draws: Draws,
  box: Float64Array,
): boolean {
  const logLeast = log(ratio[0]), logMost = log(ratio[1]);
  for (let number = 0; number < BOX_DRAWS; number += DRAWS_PER_TRY) {
    const area = PIXELS * draws.between(number, scale[0], scale[1]);
    const stretch = exp(draws.between(number + 1, logLeast, logMost));
    const dividend = roundHalfToEven(Math.sqrt(area * stretch));
    const divisor = roundHalfToEven(Math.sqrt(area / stretch));
    const [height, width] = ratioOf === "width to height" ? [divisor, dividend] : [dividend, divisor];
    if (Math.min(height, width) < shortest || Math.max(height, width) > longest) continue;
    box[0] = draws.below(number + 2, SIDE - height + 1);
    box[1] = draws.below(number + 3, SIDE - width + 1);
    box[2] = height;
    box[3] = width;
    return true;
  }
  return false;
}
