/**
 * Convolution. TensorFlow.js derives the gradients of fewer than there are: neither padding of any width, nor dilation,
 * nor groups. So the input is padded first, a dilated kernel is a larger one with zeros between, and each group is a
 * convolution of its own, but for groups of one channel, which TensorFlow has a kernel for.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs-core";
import { shift } from "./broadcast.ts";
import type { TensorOperation } from "./operation.ts";

/** A kernel [K,K,I,O] with `dilation` − 1 zeros between its elements along both of the first axes. */
function dilate(weight: tf.Tensor4D, dilation: number): tf.Tensor4D {
  if (dilation === 1) return weight;
  const [kernel, , inputs, outputs] = weight.shape, reach = dilation * (kernel - 1) + 1;
  /** Spreads the middle axis of [A,K,B]; the zeros behind the last element are cut off again. */
  const spread = (values: tf.Tensor, before: number, behind: number) => {
    const padded = tf.pad(tf.reshape(values, [before * kernel, 1, behind]), [[0, 0], [0, dilation - 1], [
      0,
      0,
    ]]);
    return tf.slice(tf.reshape(padded, [before, kernel * dilation, behind]), 0, [before, reach, behind]);
  };
  const rows = spread(weight, 1, kernel * inputs * outputs);
  return tf.reshape(spread(rows, reach, inputs * outputs), [reach, reach, inputs, outputs]);
}

export const conv: TensorOperation<"conv"> = (layer, [input], { tensors }) => {
  const { padding, stride, groups } = layer, channels = input.shape[3]!;
  const around: [number, number] = [padding, padding];
  const padded = (padding === 0 ? input : tf.pad(input, [[0, 0], around, around, [0, 0]])) as tf.Tensor4D;
  const weight = dilate(tensors.weight as tf.Tensor as tf.Tensor4D, layer.dilation);
  const [height, width] = weight.shape;
  let sums: tf.Tensor;
  if (groups === 1) sums = tf.conv2d(padded, weight, stride, "valid");
  else if (groups === channels) {
    const each = tf.reshape(weight, [height, width, channels, layer.out / channels]) as tf.Tensor4D;
    sums = tf.depthwiseConv2d(padded, each, stride, "valid");
  } else {
    const weights = tf.split<tf.Tensor4D>(weight, groups, 3),
      parts = tf.split<tf.Tensor4D>(padded, groups, 3);
    sums = tf.concat(
      parts.map((part, group) => tf.conv2d(part, weights[group], stride, "valid")),
      3,
    );
  }
  return layer.bias ? shift(sums, tensors.bias) : sums;
};
