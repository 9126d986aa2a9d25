/**
 * A map as a vector, in PyTorch's order: channel by channel.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs-core";
import type { TensorOperation } from "./operation.ts";

export const flatten: TensorOperation<"flatten"> = (_, [input]) =>
  tf.reshape(tf.transpose(input, [0, 3, 1, 2]), [input.shape[0], -1]);
