/**
 * x / (1 + e⁻ˣ).
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs-core";
import type { TensorOperation } from "./operation.ts";

export const silu: TensorOperation<"silu"> = (_, [input]) => tf.mul(input, tf.sigmoid(input));
