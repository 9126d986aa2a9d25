/**
 * Loops over the places of maps that lie in different planes, and the kernels that are nothing but such a loop.
 *
 * @module
 */
import {
  advance,
  f32x4,
  type FunctionBuilder,
  get,
  I32,
  i32,
  loadPair,
  type Local,
  type ModuleBuilder,
  repeat,
  set,
  setPair,
  type Stmt,
  storePair,
  v128,
} from "./assembler.ts";
import { channelBytes, imageOffset, type Plane, POSITION_BYTES, rowBytes } from "./layout.ts";

/** A pointer to a group's map, and the plane that it runs through. */
export interface Cursor {
  readonly local: Local;
  readonly plane: Plane;
}

/** Whether there is nothing around the image. */
export const isTight = ({ height, width, rows, columns }: Plane): boolean =>
  rows === height && columns === width;

/** Whether two planes lay out the same image in the same way. */
export const samePlane = (a: Plane, b: Plane): boolean =>
  a.channels === b.channels && a.height === b.height && a.width === b.width && a.rows === b.rows &&
  a.columns === b.columns && a.border === b.border;

/**
 * Runs `body` for every place of an image, in the order c, h, w, with each cursor's local at its place. The locals
 * enter as addresses of planes and are consumed.
 */
export function forEachPlace(f: FunctionBuilder, cursors: readonly Cursor[], ...body: Stmt[]): Stmt {
  const { channels, height, width } = cursors[0].plane;
  const step = (bytes: (plane: Plane) => number) =>
    cursors.map(({ local, plane }) => advance(local, bytes(plane)));
  if (cursors.every(({ plane }) => isTight(plane))) {
    return repeat(f.local(I32), channels * height * width, ...body, ...step(() => POSITION_BYTES));
  }
  return [
    ...cursors.map(({ local, plane }) => set(local, i32.add(get(local), i32.const(imageOffset(plane))))),
    repeat(
      f.local(I32),
      channels,
      repeat(
        f.local(I32),
        height,
        repeat(f.local(I32), width, ...body, ...step(() => POSITION_BYTES)),
        ...step((plane) => rowBytes(plane) - width * POSITION_BYTES),
      ),
      ...step((plane) => channelBytes(plane) - height * rowBytes(plane)),
    ),
  ].flat();
}

/** Adds `name(from, to)`: copies an image from one plane to another. */
export function copyKernel(module: ModuleBuilder, name: string, from: Plane, to: Plane): void {
  module.function(name, ["from", "to"], (f) => {
    const source = f.parameter("from"), target = f.parameter("to"), value = f.pair();
    f.emit(forEachPlace(
      f,
      [{ local: source, plane: from }, { local: target, plane: to }],
      loadPair(value, get(source)),
      storePair(get(target), value),
    ));
  });
}

/** Adds `name(to, from0, from1, …)`: the sum of images, added in this order; `to` may be the first. */
export function sumKernel(module: ModuleBuilder, name: string, to: Plane, from: readonly Plane[]): void {
  const names = from.map((_, i) => `from${i}`);
  module.function(name, ["to", ...names], (f) => {
    const target = f.parameter("to"), sources = names.map((source) => f.parameter(source)), sum = f.pair();
    const [first, ...others] = sources;
    f.emit(forEachPlace(
      f,
      [{ local: target, plane: to }, ...sources.map((local, i) => ({ local, plane: from[i] }))],
      loadPair(sum, get(first)),
      ...others.map((source) =>
        setPair(sum, (h, half) => f32x4.add(get(sum[h]), v128.load(get(source), half)))
      ),
      storePair(get(target), sum),
    ));
  });
}
