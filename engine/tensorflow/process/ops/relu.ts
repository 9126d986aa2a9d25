/**
 * max(x, 0).
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs-core";
import type { TensorOperation } from "./operation.ts";

export const relu: TensorOperation<"relu"> = (_, [input]) => tf.relu(input);
