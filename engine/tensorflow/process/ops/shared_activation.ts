/**
 * An activation by the formula that all engines share, for those that TensorFlow.js lacks, or whose gradient it has
 * otherwise at a kink. What it has itself stands in a room of its own, in place of this one.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs-core";
import type { LayerOf } from "../../../../models/layers/mod.ts";
import { type ActivationName, activationOf, forEveryActivation } from "../../../activations/mod.ts";
import { TENSOR_ARITHMETIC } from "../arithmetic.ts";

/** y = f(x), with the gradient that belongs to it. */
function sharedActivation(layer: LayerOf<ActivationName>, [input]: readonly tf.Tensor[]): tf.Tensor {
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

export const SHARED_ACTIVATIONS = forEveryActivation(() => sharedActivation);
