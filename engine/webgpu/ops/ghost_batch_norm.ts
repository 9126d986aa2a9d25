/**
 * Batch norm of each part of the batch; see `models/layers/ghost_batch_norm.ts`.
 *
 * @module
 */
import type { Room } from "../operation.ts";
import { planBatchNormAlone } from "./batch_norm.ts";

export const ghostBatchNorm: Room<"ghostBatchNorm"> = {
  plan({ plan, label, node, operation, inputs: [input], output, dInputs: [dInput], dOutput }) {
    // no batch has more parts than examples
    const splits = Math.min(operation.splits, plan.lanes);
    return planBatchNormAlone({
      plan,
      label,
      node,
      ...operation,
      splits,
      input,
      output,
      dInput,
      dOutput: dOutput!,
    });
  },
};
