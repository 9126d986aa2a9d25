/**
 * Max-pool: the largest of each window. Windows that do not fit are left out; padding is never the largest, for
 * windows are cut off at the image's edges.
 *
 *   y = max(window)      dx += dy at the first largest place of each window, row by row
 *
 * Nothing but x is kept: the place is found again. Where windows overlap, their gradients are added in the order of
 * the windows, row by row.
 *
 * @module
 */
import { type Expr, f32x4, get, loadPair, type Local, setPair, storePair, v128 } from "../assembler.ts";
import { KernelOperation } from "../kernel_operation.ts";
import type { Room } from "../operation.ts";
import {
  clearUncovered,
  forEachWindow,
  giveBack,
  placeOffset,
  type WindowPlan,
  writtenPlaces,
} from "../windows.ts";

/**
 * V8 takes functions of up to 7,654,321 bytes, and a place has some 124 of them in the backward pass. Windows that
 * padding cuts off are written out one by one: 17 × 17 with a padding of 8 is 47,089 places.
 */
const MOST_PLACES = 62_000;

/** @throws {RangeError} If the kernels would be larger than V8 takes. */
function checkSize(plan: WindowPlan, label: string): void {
  const places = writtenPlaces(plan);
  if (places <= MOST_PLACES) return;
  throw new RangeError(
    `Cannot compile ${label}: expected at most ${MOST_PLACES} places in windows of different shapes, got ${places}; ` +
      'lower its "padding" or "size"',
  );
}

export const maxPool: Room<"maxPool"> = {
  plan(context) {
    const { planner: { module }, name, label, operation, inputs, output } = context;
    const from = inputs[0].plane, to = output.plane;
    const plan: WindowPlan = { ...operation, input: from, output: to };
    checkSize(plan, label);
    const largest = (at: Local, offsets: readonly number[], half: number): Expr =>
      offsets.map((offset) => v128.load(get(at), offset + half)).reduce((a, b) => f32x4.pmax(a, b));

    module.function(`${name}.forward`, ["input", "output"], (f) => {
      const [input, output] = f.parameters.map((p) => f.parameter(p));
      const pointers = { wide: [{ local: input, plane: from }], pooled: [{ local: output, plane: to }] };
      const maximum = f.pair();
      f.emit(forEachWindow(f, plan, pointers, (places) => {
        const offsets = places.map((place) => placeOffset(from, place));
        return [
          ...setPair(maximum, (_, half) => largest(input, offsets, half)),
          ...storePair(get(output), maximum),
        ];
      }));
    });

    module.function(`${name}.backward`, ["input", "dOutput", "dInput"], (f) => {
      const [input, dOutput, dInput] = f.parameters.map((p) => f.parameter(p));
      const [maximum, rest, here, taken] = f.pairs(4);
      const pointers = {
        wide: [{ local: input, plane: from }, { local: dInput, plane: from }],
        pooled: [{ local: dOutput, plane: to }],
      };
      f.emit(
        clearUncovered(f, plan, dInput),
        forEachWindow(f, plan, pointers, (places) => {
          const offsets = places.map((place) => placeOffset(from, place));
          return [
            setPair(maximum, (_, half) => largest(input, offsets, half)),
            loadPair(rest, get(dOutput)),
            ...offsets.flatMap((offset) => [
              setPair(here, (h, half) => f32x4.eq(v128.load(get(input), offset + half), get(maximum[h]))),
              setPair(taken, (h) => v128.and(get(rest[h]), get(here[h]))),
              giveBack(plan, dInput, taken, offset),
              // what no place so far has taken
              setPair(rest, (h) => v128.andNot(get(rest[h]), get(here[h]))),
            ]),
          ].flat();
        }),
      );
    });
    return new KernelOperation(context, { backwardReads: "input" });
  },
};
