/**
 * The sum of branches, added up in their order; each branch's gradient is that of the sum.
 *
 * @module
 */
import type { Room } from "../operation.ts";
import { sumKernels } from "../sum.ts";

export const add: Room<"add"> = {
  sharesGradient: true,
  plan({ plan, label, inputs, output }) {
    const from = inputs.map(({ buffer }) => buffer);
    return () => ({
      forward: sumKernels({ label, lanes: plan.lanes, shape: output.shape, from, to: output.buffer }),
      backward: [],
    });
  },
};
