/**
 * What is made of the logits.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs-core";
import { CLASS_COUNT } from "../../../models/shape.ts";

/**
 * Mean of −Σ target · log softmax(logits) over the batch; labels are int32 [N], and `labelSmoothing` of the target is
 * spread over all classes.
 */
export function meanCrossEntropy(
  logits: tf.Tensor2D,
  labels: tf.Tensor1D,
  labelSmoothing: number,
): tf.Scalar {
  const rest = labelSmoothing / CLASS_COUNT;
  const target = tf.oneHot(labels, CLASS_COUNT, 1 - labelSmoothing + rest, rest, "float32");
  return tf.neg(tf.mean(tf.sum(tf.mul(tf.logSoftmax(logits), target), 1)));
}

/** How many labels have the first largest logit. */
export function countCorrect(logits: tf.Tensor2D, labels: tf.Tensor1D): tf.Scalar {
  return tf.sum(tf.cast(tf.equal(tf.argMax(logits, 1), labels), "float32"));
}
