/**
 * The activations of `engine/activations/`, compiled: y = f(x), dx = f′(x)·dy, element by element.
 *
 * Nothing but x is kept for the backward pass. In place, x is by then y, or what a dropout in place behind it has made of
 * y: that is for ReLU alone, to which every number above 0 is the same.
 *
 * @module
 */
import type { LayerOf } from "../../../models/layers/mod.ts";
import { activationOf } from "../../activations/mod.ts";
import type { ActivationName } from "../../activations/activation.ts";
import { VectorArithmetic } from "../arithmetic.ts";
import { get, v128 } from "../assembler.ts";
import { HALVES } from "../layout.ts";
import {
  type BoundOperation,
  type FeatureMap,
  type NodeContext,
  nth,
  type Room,
  type Runtime,
} from "../operation.ts";
import { forEachElement } from "../planes.ts";

class Activation implements BoundOperation {
  readonly #name: string;
  readonly #input: FeatureMap;
  readonly #output: FeatureMap;
  readonly #inputGradient: boolean;
  #runtime!: Runtime;

  constructor(
    { planner, name, inputs, output, inputGradient }: Omit<NodeContext<ActivationName>, "operation">,
    layer: LayerOf<ActivationName>,
  ) {
    this.#name = name;
    [this.#input] = inputs;
    this.#output = output;
    [this.#inputGradient] = inputGradient;
    const formula = activationOf(layer);
    const from = this.#input.plane, to = output.plane;
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

  bind(runtime: Runtime): void {
    this.#runtime = runtime;
  }

  forward(slice: number): void {
    this.#runtime.kernels[`${this.#name}.forward`](
      nth(this.#input.value, slice),
      nth(this.#output.value, slice),
    );
  }

  backward(slice: number): void {
    if (!this.#inputGradient) return;
    this.#runtime.kernels[`${this.#name}.backward`](
      nth(this.#input.value, slice),
      nth(this.#output.gradient, slice),
      nth(this.#input.gradient, slice),
    );
  }

  evaluate(slice: number): void {
    this.forward(slice);
  }
}

const room = <K extends ActivationName>({ inPlace }: { inPlace: boolean }): Room<K> => ({
  plan: (context) => new Activation(context, context.operation as LayerOf<ActivationName>),
  inPlace,
});

/** A room for each activation. */
export const ACTIVATION_ROOMS: { readonly [K in ActivationName]: Room<K> } = {
  relu: room({ inPlace: true }),
  relu6: room({ inPlace: false }),
  tanh: room({ inPlace: false }),
  sigmoid: room({ inPlace: false }),
  silu: room({ inPlace: false }),
  hardSwish: room({ inPlace: false }),
  gelu: room({ inPlace: false }),
  leakyRelu: room({ inPlace: false }),
};
