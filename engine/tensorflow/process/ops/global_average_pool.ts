/**
 * The mean of each channel.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs-core";
import type { TensorOperation } from "./operation.ts";

export const globalAveragePool: TensorOperation<"globalAveragePool"> = (_, [input]) => tf.mean(input, [1, 2]);
