/**
 * Hyperbolic tangent.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs-core";
import type { TensorOperation } from "./operation.ts";

export const tanh: TensorOperation<"tanh"> = (_, [input]) => tf.tanh(input);
