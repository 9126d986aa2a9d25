/**
 * Normalizes each example over everything.
 *
 * @module
 */
import type { TensorOperation } from "./operation.ts";
import { affine, standardize } from "./standardize.ts";

export const layerNorm: TensorOperation<"layerNorm"> = (layer, [input], circumstances) => {
  const axes = input.rank === 4 ? [3, 2, 1] : [1];
  return affine(standardize(input, axes, layer.epsilon).value, circumstances);
};
