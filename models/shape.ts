/**
 * Sizes of what passes through a network.
 *
 * @module
 */

/** `[C,H,W]` for a map, `[C]` for a flat vector; the batch dimension is left out. */
export type Shape = readonly number[];

/** A grayscale MNIST image. */
export const IMAGE_SHAPE: Shape = [1, 28, 28];

/** Classes to tell apart: the digits. */
export const CLASS_COUNT = 10;

/** Elements of a tensor. */
export const elements = (shape: Shape): number => shape.reduce((product, size) => product * size, 1);

/** Whether a shape is `[C,H,W]`. */
export const isMap = (shape: Shape): boolean => shape.length === 3;

/** As in messages: `[16,26,26]`. */
export const showShape = (shape: Shape): string => `[${shape.join(",")}]`;

/** What a sliding window covers, the same in both directions. */
export interface Window {
  readonly size: number;
  readonly stride: number;
  /** On every side. */
  readonly padding: number;
  readonly dilation: number;
}

/** Positions of a window along an axis of `size` elements; windows that do not fit are left out. */
export function windowPositions(size: number, window: Window): number {
  const reach = window.dilation * (window.size - 1) + 1;
  return Math.floor((size + 2 * window.padding - reach) / window.stride) + 1;
}

/** The input does not fit the layer; `wanted` continues "expected". */
export class MisfitError extends Error {
  constructor(readonly wanted: string, readonly next?: string) {
    super(wanted);
  }
}

/** @throws {MisfitError} Unless the input is a map. */
export function needMap(input: Shape): void {
  if (!isMap(input)) throw new MisfitError("a map [C,H,W]");
}

/** The map that a window makes of `input`. @throws {MisfitError} If it fits nowhere or the input is no map. */
export function slide(input: Shape, window: Window): readonly [number, number] {
  needMap(input);
  const height = windowPositions(input[1], window), width = windowPositions(input[2], window);
  if (height < 1 || width < 1) {
    const reach = window.dilation * (window.size - 1) + 1;
    throw new MisfitError(`a map of at least ${reach - 2 * window.padding} × ${reach - 2 * window.padding}`);
  }
  return [height, width];
}
