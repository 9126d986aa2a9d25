/**
 * x · Φ(x) with Φ(x) = (1 + erf(x/√2)) / 2.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs-core";
import type { TensorOperation } from "./operation.ts";

export const gelu: TensorOperation<"gelu"> = (_, [input]) => {
  const below = tf.mul(tf.add(tf.erf(tf.mul(input, Math.SQRT1_2)), 1), 0.5);
  return tf.mul(input, below);
};
