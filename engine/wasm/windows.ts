/**
 * Windows that slide over each channel of a map, cut off at the image's edges: what pools have in common.
 *
 * @module
 */
import {
  advance,
  type Expr,
  f32x4,
  type FunctionBuilder,
  get,
  I32,
  i32,
  type Local,
  type Pair,
  repeat,
  set,
  setPair,
  type Stmt,
  storePair,
  v128,
} from "./assembler.ts";
import { channelBytes, imageOffset, type Plane, POSITION_BYTES, rowBytes } from "./layout.ts";
import { forEachElement, type PlanePointer } from "./planes.ts";

/** Windows of `size` × `size`, `stride` apart, the first `padding` before the image. */
export interface WindowPlan {
  readonly input: Plane;
  readonly output: Plane;
  readonly size: number;
  readonly stride: number;
  readonly padding: number;
}

/** Consecutive windows along an axis that cover equally much. */
interface Run {
  /** The first place that the run's first window covers. */
  readonly first: number;
  readonly covered: number;
  readonly windows: number;
}

/**
 * The windows along an axis. One that begins before the image is a run of its own: the next is not a stride behind
 * it.
 */
function runsAlong(length: number, windows: number, { size, stride, padding }: WindowPlan): Run[] {
  const runs: { first: number; covered: number; windows: number; cut: boolean }[] = [];
  for (let window = 0; window < windows; window++) {
    const start = stride * window - padding, first = Math.max(0, start);
    const covered = Math.min(length, start + size) - first, last = runs.at(-1);
    if (last !== undefined && !last.cut && last.covered === covered) last.windows++;
    else runs.push({ first, covered, windows: 1, cut: start < 0 });
  }
  return runs;
}

const rowRuns = (plan: WindowPlan): Run[] => runsAlong(plan.input.height, plan.output.height, plan);
const columnRuns = (plan: WindowPlan): Run[] => runsAlong(plan.input.width, plan.output.width, plan);

/** A place that a window covers, relative to the first. */
interface Place {
  readonly row: number;
  readonly column: number;
}

/** Byte offset of a place in a plane. */
export const placeOffset = (plane: Plane, { row, column }: Place): number =>
  row * rowBytes(plane) + column * POSITION_BYTES;

/** Places that `forEachWindow` writes out: those of a window of each run. */
export function writtenPlaces(plan: WindowPlan): number {
  const covered = (runs: readonly Run[]) => runs.reduce((sum, run) => sum + run.covered, 0);
  return covered(rowRuns(plan)) * covered(columnRuns(plan));
}

/**
 * Runs over all windows, channel by channel and row by row: `body` gets the places that the window covers, row by
 * row. There, `wide` pointers, into planes of the input's image, are at the window's first place, `pooled` ones at
 * its output. They start at the planes' beginning and are moved.
 */
export function forEachWindow(
  f: FunctionBuilder,
  plan: WindowPlan,
  { wide, pooled }: { readonly wide: readonly PlanePointer[]; readonly pooled: readonly PlanePointer[] },
  body: (places: readonly Place[]) => Stmt,
): Stmt {
  const { input, output, stride } = plan;
  const channel = f.local(I32), row = f.local(I32), column = f.local(I32);
  const channelStarts = f.locals(wide.length, I32), rowStarts = f.locals(wide.length, I32);
  const behind = (start: Local, bytes: number): Expr => i32.add(get(start), i32.const(bytes));
  const windowsOfRow = (r: Run): Stmt[] =>
    columnRuns(plan).flatMap((c) => {
      const places = Array.from({ length: r.covered * c.covered }, (_, i) => ({
        row: Math.floor(i / c.covered),
        column: i % c.covered,
      }));
      return [
        ...wide.map(({ local }, i) => set(local, behind(rowStarts[i], c.first * POSITION_BYTES))),
        repeat(
          column,
          c.windows,
          body(places),
          ...wide.map(({ local }) => advance(local, stride * POSITION_BYTES)),
          ...pooled.map(({ local }) => advance(local, POSITION_BYTES)),
        ),
      ];
    });
  return [
    ...wide.map(({ local, plane }, i) => set(channelStarts[i], behind(local, imageOffset(plane)))),
    ...pooled.map(({ local, plane }) => advance(local, imageOffset(plane))),
    repeat(
      channel,
      input.channels,
      ...rowRuns(plan).flatMap((r) => [
        ...wide.map(({ plane }, i) => set(rowStarts[i], behind(channelStarts[i], r.first * rowBytes(plane)))),
        repeat(
          row,
          r.windows,
          ...windowsOfRow(r),
          ...wide.map(({ plane }, i) => advance(rowStarts[i], stride * rowBytes(plane))),
          ...pooled.map(({ local, plane }) =>
            advance(local, rowBytes(plane) - output.width * POSITION_BYTES)
          ),
        ),
      ]),
      ...wide.map(({ plane }, i) => advance(channelStarts[i], channelBytes(plane))),
      ...pooled.map(({ local, plane }) =>
        advance(local, channelBytes(plane) - output.height * rowBytes(plane))
      ),
    ),
  ].flat();
}

/** Whether a place may be in several windows: what they say of it must be added up. */
const overlap = ({ size, stride }: WindowPlan): boolean => stride < size;

/** Whether windows that do not overlap cover the whole image. */
function coverAll(plan: WindowPlan): boolean {
  const covered = (runs: readonly Run[]) => runs.reduce((sum, run) => sum + run.covered * run.windows, 0);
  return covered(rowRuns(plan)) === plan.input.height && covered(columnRuns(plan)) === plan.input.width;
}

/** Zeros for all places of dInput that windows will be added to, or that none covers. */
export function clearUncovered(f: FunctionBuilder, plan: WindowPlan, dInput: Local): Stmt {
  if (!overlap(plan) && coverAll(plan)) return [];
  const local = f.local(I32), zero = f.pair();
  return [
    ...set(local, get(dInput)),
    ...setPair(zero, () => v128.zero),
    ...forEachElement(f, [{ local, plane: plan.input }], (offset) => storePair(get(local), zero, offset)),
  ];
}

/** Stores what a window says of a place of dInput, behind `clearUncovered`; `value` is consumed. */
export function giveBack(plan: WindowPlan, dInput: Local, value: Pair, offset: number): Stmt {
  return [
    ...(overlap(plan)
      ? setPair(value, (h, half) => f32x4.add(v128.load(get(dInput), offset + half), get(value[h])))
      : []),
    ...storePair(get(dInput), value, offset),
  ];
}
