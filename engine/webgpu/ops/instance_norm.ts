/**
 * Instance norm; see `models/layers/instance_norm.ts`.
 *
 * @module
 */
import type { Room } from "../operation.ts";
import { planExampleNorm } from "./example_norm.ts";

export const instanceNorm: Room<"instanceNorm"> = {
  plan({ plan, label, node, operation, inputs: [input], output, dInputs: [dInput], dOutput }) {
    const { epsilon } = operation, groups = input.shape[0];
    return planExampleNorm({ plan, label, node, groups, epsilon, input, output, dInput, dOutput });
  },
};
