/**
 * The sum of the branches, in their order.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs-core";
import type { TensorOperation } from "./operation.ts";

export const add: TensorOperation<"add"> = (_, inputs) => inputs.reduce((sum, input) => tf.add(sum, input));
