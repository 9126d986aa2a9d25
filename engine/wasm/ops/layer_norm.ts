/**
 * Layer norm: `example_norm.ts` over everything, scaled and shifted by element.
 *
 * @module
 */
import { ExampleNorm } from "../example_norm.ts";
import type { Room } from "../operation.ts";

export const layerNorm: Room<"layerNorm"> = {
  plan: (context) =>
    new ExampleNorm(context, { groups: 1, epsilon: context.operation.epsilon, affine: "element" }),
};
