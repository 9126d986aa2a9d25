/**
 * Loops over the positions of planes, and what is done to planes whatever they hold.
 *
 * @module
 */
import {
  advance,
  type FunctionBuilder,
  get,
  I32,
  loadPair,
  type Local,
  repeat,
  set,
  type Stmt,
  storePair,
} from "./assembler.ts";
import { channelBytes, imageOffset, type Plane, POSITION_BYTES, rowBytes } from "./layout.ts";
import type { Planner } from "./operation.ts";

/** A pointer into a plane. */
export interface PlanePointer {
  readonly local: Local;
  readonly plane: Plane;
}

/** Positions that a loop over elements handles in one round. */
const UNROLLED = 2;

/** Statements that move a pointer from a plane's beginning to its image's. */
export const toImage = ({ local, plane }: PlanePointer): Stmt => advance(local, imageOffset(plane));

/**
 * Runs over the positions of one channel's image, row by row: `body(offset, i, isLast)` for each, `offset` in bytes
 * from the pointers, `i` from 0 to `unrolled` − 1 along a row, beginning anew with each; `isLast` of those in a
 * round. The pointers start at the image and end a row behind its last.
 */
export function forEachPosition(
  f: FunctionBuilder,
  { height, width, unrolled = UNROLLED }: { height: number; width: number; unrolled?: number },
  pointers: readonly PlanePointer[],
  body: (offset: number, i: number, isLast: boolean) => Stmt,
): Stmt {
  const row = f.local(I32), column = f.local(I32);
  const rounds = Math.floor(width / unrolled), rest = width % unrolled;
  const some = (count: number) =>
    Array.from({ length: count }, (_, i) => body(i * POSITION_BYTES, i, i === count - 1));
  return repeat(
    row,
    height,
    ...(rounds > 0
      ? [repeat(
        column,
        rounds,
        ...some(unrolled),
        ...pointers.map(({ local }) => advance(local, unrolled * POSITION_BYTES)),
      )]
      : []),
    ...some(rest),
    ...pointers.map(({ local, plane }) =>
      advance(local, rowBytes(plane) - rounds * unrolled * POSITION_BYTES)
    ),
  );
}

/**
 * Runs over the channels of planes of the same image. The pointers start at the beginning of the planes; while `body`
 * runs, they are at the channel's image and may be moved.
 */
export function forEachChannel(
  f: FunctionBuilder,
  channels: number,
  pointers: readonly PlanePointer[],
  body: (here: readonly PlanePointer[]) => Stmt,
): Stmt {
  const channel = f.local(I32);
  const here = pointers.map(({ plane }) => ({ local: f.local(I32), plane }));
  return [
    ...pointers.flatMap(toImage),
    ...repeat(
      channel,
      channels,
      ...here.map(({ local }, i) => set(local, get(pointers[i].local))),
      body(here),
      ...pointers.map(({ local, plane }) => advance(local, channelBytes(plane))),
    ),
  ];
}

/**
 * Runs over all positions of an image that lies in several planes, channel by channel and row by row; `body` as in
 * `forEachPosition`. The pointers start at the beginning of the planes and are moved.
 */
export function forEachElement(
  f: FunctionBuilder,
  pointers: readonly PlanePointer[],
  body: (offset: number) => Stmt,
): Stmt {
  const [{ plane: { channels, height, width } }] = pointers;
  // without surplus, and where all have the same, rows and channels follow one another without a gap
  if (pointers.every(({ plane }) => plane.columns === width && plane.rows === height)) {
    const flat = pointers.map(({ local }) => ({
      local,
      plane: {
        channels: 1,
        height: 1,
        width: channels * height * width,
        rows: 1,
        columns: channels * height * width,
        border: 0,
      },
    }));
    return forEachPosition(f, flat[0].plane, flat, body);
  }
  return [
    ...pointers.flatMap(toImage),
    ...repeat(
      f.local(I32),
      channels,
      forEachPosition(f, { height, width }, pointers, body),
      ...pointers.map(({ local, plane }) => advance(local, channelBytes(plane) - height * rowBytes(plane))),
    ),
  ];
}

/** Adds `name(from, to)`: copies the image from one plane into another. */
export function copyKernel(planner: Planner, name: string, from: Plane, to: Plane): void {
  planner.module.function(name, ["from", "to"], (f) => {
    const [source, target] = f.parameters.map((p) => f.parameter(p));
    const pair = f.pair();
    f.emit(
      forEachElement(f, [{ local: source, plane: from }, { local: target, plane: to }], (offset) => [
        ...loadPair(pair, get(source), offset),
        ...storePair(get(target), pair, offset),
      ]),
    );
  });
}
