/**
 * The layers that compute each element from itself alone; their formulas are those of `engine/activations/`.
 *
 * @module
 */
import { elements } from "../../../models/shape.ts";
import { type ActivationName, activationOf, forEveryActivation } from "../../activations/mod.ts";
import { WgslArithmetic } from "../arithmetic.ts";
import { elementwiseKernel } from "../elementwise.ts";
import type { Room } from "../operation.ts";

/** The room of any activation. */
const room: Room<ActivationName> = {
  plan({ plan: { lanes }, label, operation: layer, inputs: [input], output, dInputs: [dInput], dOutput }) {
    const formula = activationOf(layer);
    const shape = { lanes, elements: elements(input.shape) };
    const x = { buffer: input.buffer, type: "f32" } as const;
    return () => {
      const forward = new WgslArithmetic(), backward = new WgslArithmetic();
      const value = formula.value(forward, "x", layer);
      const gradient = formula.gradient(backward, "x", "dy", layer);
      return {
        forward: [elementwiseKernel({
          ...shape,
          label,
          bindings: { input: x, output: { buffer: output.buffer, type: "f32", write: true } },
          declarations: forward.declarations,
          body: `let x = input[at];
  ${forward.code}
  output[at] = ${value};`,
        })],
        backward: dInput === undefined || dOutput === undefined ? [] : [elementwiseKernel({
          ...shape,
          label: `${label} gradient`,
          bindings: {
            input: x,
            d_output: { buffer: dOutput, type: "f32" },
            d_input: { buffer: dInput, type: "f32", write: true },
          },
          declarations: backward.declarations,
          body: `let x = input[at];
  let dy = d_output[at];
  ${backward.code}
  d_input[at] = ${gradient};`,
          bytes: 12,
        })],
      };
    };
  },
};

export const ACTIVATION_ROOMS = forEveryActivation(() => room) as { readonly [K in ActivationName]: Room<K> };
