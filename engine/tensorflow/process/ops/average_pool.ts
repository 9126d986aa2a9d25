/**
 * The mean of each window.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs-core";
import type { TensorOperation } from "./operation.ts";

// rows and columns that fill no window are left out
export const averagePool: TensorOperation<"averagePool"> = ({ size, stride }, [input]) =>
  tf.avgPool(input as tf.Tensor4D, size, stride, "valid");
