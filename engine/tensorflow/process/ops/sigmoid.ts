/**
 * 1 / (1 + e⁻ˣ).
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs-core";
import type { TensorOperation } from "./operation.ts";

export const sigmoid: TensorOperation<"sigmoid"> = (_, [input]) => tf.sigmoid(input);
