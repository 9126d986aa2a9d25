/**
 * What both kinds of dropout do with their factors.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs-core";
import type { Circumstances } from "./operation.ts";

/** The input times the factors of the batch; in evaluation the input itself. */
export function drop(input: tf.Tensor, { training }: Circumstances): tf.Tensor {
  if (!training) return input;
  if (!training.factors) throw new Error("Cannot drop anything: expected the batch's factors, got none");
  return tf.mul(input, training.factors);
}
