/**
 * Sums and products of a value with a smaller one that is the same at every place or in every example.
 *
 * Their gradients are written down here, because those that TensorFlow.js derives add the rows of a tensor up one by one
 * on a CPU, and the error of a float32 sum grows with the root of their number: a gradient that is zero in exact
 * arithmetic was 1e-6 off, 40 times as far as with one axis after the other.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs-core";

/** Sums over all axes that `shape` (aligned at the right) lacks or has 1 of, one after the other: the last first. */
function sumTo(value: tf.Tensor, shape: readonly number[]): tf.Tensor {
  const missing = value.rank - shape.length;
  let sum = value;
  for (let axis = value.rank - 1; axis >= 0; axis--) {
    if ((axis < missing || shape[axis - missing] === 1) && value.shape[axis] > 1) {
      sum = tf.sum(sum, axis, true);
    }
  }
  return tf.reshape(sum, [...shape]);
}

/** x + summand. */
export function shift(x: tf.Tensor, summand: tf.Tensor): tf.Tensor {
  return tf.customGrad((x, summand) => ({
    value: tf.add(x as tf.Tensor, summand as tf.Tensor),
    gradFunc: (dy: tf.Tensor) => [dy, sumTo(dy, (summand as tf.Tensor).shape)],
  }))(x, summand);
}

/** x · factor. */
export function scale(x: tf.Tensor, factor: tf.Tensor): tf.Tensor {
  return tf.customGrad((x, factor, save) => {
    (save as tf.GradSaveFunc)([x as tf.Tensor, factor as tf.Tensor]);
    return {
      value: tf.mul(x as tf.Tensor, factor as tf.Tensor),
      gradFunc: (dy: tf.Tensor, [x, factor]: tf.Tensor[]) => [
        tf.mul(dy, factor),
        sumTo(tf.mul(dy, x), factor.shape),
      ],
    };
  })(x, factor);
}
