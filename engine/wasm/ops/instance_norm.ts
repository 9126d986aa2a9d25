/**
 * Instance norm: `example_norm.ts` over each channel, nothing learned.
 *
 * @module
 */
import { ExampleNorm } from "../example_norm.ts";
import type { Room } from "../operation.ts";

export const instanceNorm: Room<"instanceNorm"> = {
  plan: (context) =>
    new ExampleNorm(context, {
      groups: context.inputShapes[0][0],
      epsilon: context.operation.epsilon,
      affine: "none",
    }),
};
