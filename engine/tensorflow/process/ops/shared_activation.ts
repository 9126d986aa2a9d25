/**
 * An activation by the formula that all engines share, for those whose gradient TensorFlow.js has otherwise at a kink.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs-core";
import type { LayerOf } from "../../../../models/layers/mod.ts";
import type { ActivationName } from "../../../activations/activation.ts";
import { activationOf } from "../../../activations/mod.ts";
import { TENSOR_ARITHMETIC } from "../arithmetic.ts";

/** y = f(x), with the gradient that belongs to it. */
export function sharedActivation(layer: LayerOf<ActivationName>, input: tf.Tensor): tf.Tensor {
  const { value, gradient } = activationOf(layer);
  const compute = tf.customGrad((x, save) => {
    (save as tf.GradSaveFunc)([x as tf.Tensor]);
    return {
      value: value(TENSOR_ARITHMETIC, x as tf.Tensor, layer),
      gradFunc: (dy: tf.Tensor, [saved]: tf.Tensor[]) => gradient(TENSOR_ARITHMETIC, saved, dy, layer),
    };
  });
  return compute(input);
}
