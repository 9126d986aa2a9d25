/**
 * Normalizes each example over the places and channels of each group of channels.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs-core";
import type { TensorOperation } from "./operation.ts";
import { affine, standardize } from "./standardize.ts";

export const groupNorm: TensorOperation<"groupNorm"> = (layer, [input], circumstances) => {
  const examples = input.shape[0], channels = input.shape[input.rank - 1];
  const places = input.size / examples / channels;
  const grouped = tf.reshape(input, [examples, places, layer.groups, channels / layer.groups]);
  const { value } = standardize(grouped, [3, 1], layer.epsilon);
  return affine(tf.reshape(value, input.shape), circumstances);
};
