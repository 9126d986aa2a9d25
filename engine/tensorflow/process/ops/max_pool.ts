/**
 * The largest of each window.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs-core";
import type { TensorOperation } from "./operation.ts";

/** Padding is never the largest; −∞ itself is no literal on a GPU. */
const LEAST_FLOAT32 = -3.4028234663852886e38;

export const maxPool: TensorOperation<"maxPool"> = ({ size, stride, padding }, [input]) => {
  const around: [number, number] = [padding, padding];
  const padded = padding === 0 ? input : tf.pad(input, [[0, 0], around, around, [0, 0]], LEAST_FLOAT32);
  // rows and columns that fill no window are left out
  return tf.maxPool(padded as tf.Tensor4D, size, stride, "valid");
};
