/**
 * Group norm: `example_norm.ts` over the channels of each group, scaled and shifted by channel.
 *
 * @module
 */
import { ExampleNorm } from "../example_norm.ts";
import type { Room } from "../operation.ts";

export const groupNorm: Room<"groupNorm"> = {
  plan: (context) => {
    const { groups, epsilon } = context.operation;
    return new ExampleNorm(context, { groups, epsilon, affine: "channel" });
  },
};
