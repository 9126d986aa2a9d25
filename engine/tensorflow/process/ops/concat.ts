/**
 * The branches one behind the other, along the channels.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs-core";
import type { TensorOperation } from "./operation.ts";

export const concat: TensorOperation<"concat"> = (_, inputs) => tf.concat([...inputs], inputs[0].rank - 1);
