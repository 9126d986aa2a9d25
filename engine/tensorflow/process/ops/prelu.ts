/**
 * x where it is above 0, else a · x with a learned slope a by channel, or one for all.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs-core";
import type { TensorOperation } from "./operation.ts";

export const prelu: TensorOperation<"prelu"> = (_, [input], { tensors }) => tf.prelu(input, tensors.weight);
