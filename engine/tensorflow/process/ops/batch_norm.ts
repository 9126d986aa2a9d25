/**
 * Batch norm.
 *
 * @module
 */
import type { TensorOperation } from "./operation.ts";
import {
  affine,
  axesBeforeChannels,
  moveRunningStatistics,
  standardize,
  withRunningStatistics,
} from "./standardize.ts";

export const batchNorm: TensorOperation<"batchNorm"> = (layer, [input], circumstances) => {
  if (!circumstances.training) return withRunningStatistics(input, layer.epsilon, circumstances);
  const standardized = standardize(input, axesBeforeChannels(input), layer.epsilon);
  const count = input.size / standardized.mean.size;
  moveRunningStatistics([standardized], [count], layer.momentum, circumstances);
  return affine(standardized.value, circumstances);
};
