/**
 * Normalizes each channel of each example over its places.
 *
 * @module
 */
import type { TensorOperation } from "./operation.ts";
import { standardize } from "./standardize.ts";

export const instanceNorm: TensorOperation<"instanceNorm"> = (layer, [input]) =>
  standardize(input, [1, 2], layer.epsilon).value;
