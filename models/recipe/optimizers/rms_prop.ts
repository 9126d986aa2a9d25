/**
 * RMSprop, the meaning of PyTorch's `RMSprop` (not centred).
 *
 * Source: Hinton, Srivastava and Swersky (2012), Neural Networks for Machine Learning, lecture 6.
 *
 * @module
 */
import { belowOne, flag, notNegative, optional, positive } from "../../fields.ts";
import { recipeKind } from "../recipe_kind.ts";

export const rmsProp = recipeKind("rmsProp", {
  learningRate: positive,
  alpha: optional(belowOne, 0.99),
  epsilon: optional(notNegative, 1e-8),
  momentum: optional(belowOne, 0),
  weightDecay: optional(notNegative, 0),
  decayNormAndBias: optional(flag, true),
});
