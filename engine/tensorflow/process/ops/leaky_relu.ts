/**
 * x where it is above 0, else slope · x.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs-core";
import type { TensorOperation } from "./operation.ts";

export const leakyRelu: TensorOperation<"leakyRelu"> = (layer, [input]) => tf.leakyRelu(input, layer.slope);
