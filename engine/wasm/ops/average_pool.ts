/**
 * Average pool: the mean of each window. Windows that do not fit are left out.
 *
 *   y = Σ window / size²      dx += dy / size² at each place of each window
 *
 * Order of sums: places row by row; where windows overlap, their gradients are added in the order of the windows, row
 * by row.
 *
 * @module
 */
import { f32x4, get, setPair, storePair, v128 } from "../assembler.ts";
import { KernelOperation } from "../kernel_operation.ts";
import type { Room } from "../operation.ts";
import { clearUncovered, forEachWindow, giveBack, placeOffset, type WindowPlan } from "../windows.ts";

export const averagePool: Room<"averagePool"> = {
  plan(context) {
    const { planner: { module }, name, operation, inputs, output } = context;
    const from = inputs[0].plane, to = output.plane;
    const plan: WindowPlan = { ...operation, padding: 0, input: from, output: to };
    const share = f32x4.const(1 / (operation.size * operation.size));

    module.function(`${name}.forward`, ["input", "output"], (f) => {
      const [input, output] = f.parameters.map((p) => f.parameter(p));
      const pointers = { wide: [{ local: input, plane: from }], pooled: [{ local: output, plane: to }] };
      const mean = f.pair();
      f.emit(forEachWindow(f, plan, pointers, (places) => {
        const offsets = places.map((place) => placeOffset(from, place));
        return [
          ...setPair(mean, (_, half) => {
            const values = offsets.map((offset) => v128.load(get(input), offset + half));
            return f32x4.mul(values.reduce((a, b) => f32x4.add(a, b)), share);
          }),
          ...storePair(get(output), mean),
        ];
      }));
    });

    module.function(`${name}.backward`, ["dOutput", "dInput"], (f) => {
      const [dOutput, dInput] = f.parameters.map((p) => f.parameter(p));
      const gradient = f.pair(), value = f.pair();
      const pointers = { wide: [{ local: dInput, plane: from }], pooled: [{ local: dOutput, plane: to }] };
      f.emit(
        clearUncovered(f, plan, dInput),
        forEachWindow(f, plan, pointers, (places) => [
          ...setPair(gradient, (_, half) => f32x4.mul(v128.load(get(dOutput), half), share)),
          ...places.flatMap((place) => [
            ...setPair(value, (h) => get(gradient[h])),
            ...giveBack(plan, dInput, value, placeOffset(from, place)),
          ]),
        ]),
      );
    });
    return new KernelOperation(context, { backwardReads: "nothing" });
  },
};
