/**
 * Global max-pool: `[C,H,W]` → `[C]`, the largest of each channel; a tie's gradient goes to the first, row by row.
 *
 * Nothing but x is kept: the largest and its place are found again.
 *
 * @module
 */
import { advance, f32x4, get, I32, loadPair, set, setPair, storePair, v128 } from "../assembler.ts";
import { POSITION_BYTES } from "../layout.ts";
import { KernelOperation } from "../kernel_operation.ts";
import type { Room } from "../operation.ts";
import { forEachChannel, forEachPosition } from "../planes.ts";

export const globalMaxPool: Room<"globalMaxPool"> = {
  plan(context) {
    const { planner: { module }, name, inputs } = context;
    const plane = inputs[0].plane, { channels } = plane;

    module.function(`${name}.forward`, ["input", "output"], (f) => {
      const [input, output] = f.parameters.map((p) => f.parameter(p));
      const maximum = f.pair();
      f.emit(forEachChannel(f, channels, [{ local: input, plane }], (here) => [
        ...loadPair(maximum, get(here[0].local)),
        ...forEachPosition(
          f,
          plane,
          here,
          (offset) =>
            setPair(
              maximum,
              (h, half) => f32x4.pmax(get(maximum[h]), v128.load(get(here[0].local), offset + half)),
            ),
        ),
        ...storePair(get(output), maximum),
        ...advance(output, POSITION_BYTES),
      ]));
    });

    module.function(`${name}.backward`, ["input", "dOutput", "dInput"], (f) => {
      const [input, dOutput, dInput] = f.parameters.map((p) => f.parameter(p));
      const [maximum, rest, here, taken] = f.pairs(4);
      f.emit(forEachChannel(f, channels, [{ local: input, plane }, { local: dInput, plane }], (pointers) => {
        const [from, to] = pointers, again = { local: f.local(I32), plane };
        return [
          ...set(again.local, get(from.local)),
          ...loadPair(maximum, get(from.local)),
          ...forEachPosition(
            f,
            plane,
            [from],
            (offset) =>
              setPair(
                maximum,
                (h, half) => f32x4.pmax(get(maximum[h]), v128.load(get(from.local), offset + half)),
              ),
          ),
          ...loadPair(rest, get(dOutput)),
          ...forEachPosition(f, plane, [again, to], (offset) =>
            [
              setPair(
                here,
                (h, half) => f32x4.eq(v128.load(get(again.local), offset + half), get(maximum[h])),
              ),
              setPair(taken, (h) => v128.and(get(rest[h]), get(here[h]))),
              storePair(get(to.local), taken, offset),
              // what no place so far has taken
              setPair(rest, (h) => v128.andNot(get(rest[h]), get(here[h]))),
            ].flat()),
          ...advance(dOutput, POSITION_BYTES),
        ];
      }));
    });
    return new KernelOperation(context, { backwardReads: "input" });
  },
};
