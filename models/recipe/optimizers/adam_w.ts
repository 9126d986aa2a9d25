/**
 * Adam with decoupled weight decay, the meaning of PyTorch's `AdamW`: θ ← θ − learningRate · weightDecay · θ before
 * Adam's update.
 *
 * Source: Loshchilov and Hutter (2017), arXiv:1711.05101.
 *
 * @module
 */
import { belowOne, flag, notNegative, optional, positive } from "../../fields.ts";
import { recipeKind } from "../recipe_kind.ts";

export const adamW = recipeKind("adamW", {
  learningRate: positive,
  beta1: optional(belowOne, 0.9),
  beta2: optional(belowOne, 0.999),
  epsilon: optional(notNegative, 1e-8),
  weightDecay: optional(notNegative, 0.01),
  decayNormAndBias: optional(flag, true),
});
