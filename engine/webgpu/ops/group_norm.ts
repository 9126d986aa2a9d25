/**
 * Group norm; see `models/layers/group_norm.ts`.
 *
 * @module
 */
import type { Room } from "../operation.ts";
import { planExampleNorm } from "./example_norm.ts";

export const groupNorm: Room<"groupNorm"> = {
  plan({ plan, label, node, operation, inputs: [input], output, dInputs: [dInput], dOutput }) {
    const { epsilon } = operation, groups = operation.groups;
    return planExampleNorm({ plan, label, node, groups, epsilon, input, output, dInput, dOutput });
  },
};
