/**
 * Every output from every input; the weight is [out,in], as in PyTorch.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs-core";
import { shift } from "./broadcast.ts";
import type { TensorOperation } from "./operation.ts";

export const linear: TensorOperation<"linear"> = (layer, [input], { tensors }) => {
  const weight = tensors.weight as tf.Tensor as tf.Tensor2D;
  const sums = tf.matMul(input as tf.Tensor2D, weight, false, true);
  return layer.bias ? shift(sums, tensors.bias) : sums;
};
