/**
 * Batch norm of each of several parts of the batch; the parts' statistics are averaged before they enter the running
 * ones.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs-core";
import { splitStarts } from "../../../../models/layers/ghost_batch_norm.ts";
import type { TensorOperation } from "./operation.ts";
import {
  affine,
  axesBeforeChannels,
  moveRunningStatistics,
  standardize,
  withRunningStatistics,
} from "./standardize.ts";

export const ghostBatchNorm: TensorOperation<"ghostBatchNorm"> = (layer, [input], circumstances) => {
  if (!circumstances.training) return withRunningStatistics(input, layer.epsilon, circumstances);
  const starts = splitStarts(input.shape[0], layer.splits);
  const sizes = starts.slice(1).map((end, part) => end - starts[part]);
  // TensorFlow.js cannot derive through a split into one part
  const parts = (sizes.length === 1 ? [input] : tf.split(input, sizes)).map((part) =>
    standardize(part, axesBeforeChannels(part), layer.epsilon)
  );
  const counts = parts.map(({ value, mean }) => value.size / mean.size);
  moveRunningStatistics(parts, counts, layer.momentum, circumstances);
  return affine(tf.concat(parts.map(({ value }) => value), 0), circumstances);
};
