/**
 * Layer norm; see `models/layers/layer_norm.ts`.
 *
 * @module
 */
import type { Room } from "../operation.ts";
import { planExampleNorm } from "./example_norm.ts";

export const layerNorm: Room<"layerNorm"> = {
  plan({ plan, label, node, operation, inputs: [input], output, dInputs: [dInput], dOutput }) {
    const { epsilon } = operation, groups = 1;
    return planExampleNorm({ plan, label, node, groups, epsilon, input, output, dInput, dOutput });
  },
};
