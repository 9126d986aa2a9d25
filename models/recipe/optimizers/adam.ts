/**
 * Adam, the meaning of PyTorch's `Adam` (no AMSGrad); weight decay is added to the gradient.
 *
 * Source: Kingma and Ba (2014), arXiv:1412.6980.
 *
 * @module
 */
import { belowOne, flag, notNegative, optional, positive } from "../../fields.ts";
import { recipeKind } from "../recipe_kind.ts";

export const adam = recipeKind("adam", {
  learningRate: positive,
  beta1: optional(belowOne, 0.9),
  beta2: optional(belowOne, 0.999),
  epsilon: optional(notNegative, 1e-8),
  weightDecay: optional(notNegative, 0),
  decayNormAndBias: optional(flag, true),
});
