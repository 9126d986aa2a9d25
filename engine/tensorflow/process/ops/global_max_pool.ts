/**
 * The largest of each channel: a pool of the whole map, since `tf.max` gives the gradient to all that tie.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs-core";
import type { TensorOperation } from "./operation.ts";

export const globalMaxPool: TensorOperation<"globalMaxPool"> = (_, [input]) => {
  const [examples, height, width, channels] = (input as tf.Tensor4D).shape;
  const largest = tf.maxPool(input as tf.Tensor4D, [height, width], 1, "valid");
  return tf.reshape(largest, [examples, channels]);
};
