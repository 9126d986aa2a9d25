/**
 * The images that augmentations change: uint8 [28,28].
 *
 * @module
 */

/** Width and height. */
export const SIDE = 28;
export const PIXELS = SIDE * SIDE;

/** To the nearest whole number, halves to the even one, as Python rounds. */
export function roundHalfToEven(value: number): number {
  const floor = Math.floor(value), rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 !== 0) ? floor + 1 : floor;
}
