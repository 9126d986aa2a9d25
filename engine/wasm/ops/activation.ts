/**
 * The activations of `engine/activations/`, compiled: y = f(x), dx = f′(x)·dy, element by element.
 *
 * Nothing but x is kept for the backward pass. In place, x is by then y, or what a dropout in place behind it has made of
 * y: that is for ReLU alone, to which every number above 0 is the same.
 *
 * @module
 */
import { type ActivationName, activationOf, ACTIVATIONS, forEveryActivation } from "../../activations/mod.ts";
import { VectorArithmetic } from "../arithmetic.ts";
import { get, v128 } from "../assembler.ts";
import { HALVES } from "../layout.ts";
import { KernelOperation } from "../kernel_operation.ts";
import type { NodeContext, Room } from "../operation.ts";
import { forEachElement } from "../planes.ts";

/** Adds the kernels of an activation. */
function activationKernels(
  { planner, name, operation: layer, inputs, output }: NodeContext<ActivationName>,
): void {
  const formula = activationOf(layer);
  const from = inputs[0].plane, to = output.plane;
  planner.module.function(`${name}.forward`, ["input", "output"], (f) => {
    const [input, output] = f.parameters.map((p) => f.parameter(p));
    const a = new VectorArithmetic(f);
    const loop = forEachElement(
      f,
      [{ local: input, plane: from }, { local: output, plane: to }],
      (offset) =>
        a.body(() => {
          const x = HALVES.map((half) => a.keep(v128.load(get(input), offset + half)));
          // kept, so that nothing stands between the two stores: only then does V8 merge them
          const y = x.map((value) => a.keep(formula.value(a, value, layer)));
          return HALVES.flatMap((half, h) => v128.store(get(output), y[h], offset + half));
        }),
    );
    f.emit(a.constants, loop);
  });
  planner.module.function(`${name}.backward`, ["input", "dOutput", "dInput"], (f) => {
    const [input, dOutput, dInput] = f.parameters.map((p) => f.parameter(p));
    const a = new VectorArithmetic(f);
    const pointers = [
      { local: input, plane: from },
      { local: dOutput, plane: to },
      { local: dInput, plane: from },
    ];
    const loop = forEachElement(f, pointers, (offset) =>
      a.body(() => {
        const x = HALVES.map((half) => a.keep(v128.load(get(input), offset + half)));
        const dy = HALVES.map((half) => a.keep(v128.load(get(dOutput), offset + half)));
        const dx = x.map((value, h) => a.keep(formula.gradient(a, value, dy[h], layer)));
        return HALVES.flatMap((half, h) => v128.store(get(dInput), dx[h], offset + half));
      }));
    f.emit(a.constants, loop);
  });
}

/** A room for each activation; where the gradient is the same from the output, that takes the place of the input. */
export const ACTIVATION_ROOMS = forEveryActivation((name): Room<ActivationName> => {
  const { gradientFromOutput }: { readonly gradientFromOutput?: boolean } = ACTIVATIONS[name];
  return {
    plan(context) {
      activationKernels(context);
      return new KernelOperation(context, { backwardReads: "input" });
    },
    inPlace: gradientFromOutput,
  };
}) as { readonly [K in ActivationName]: Room<K> };
