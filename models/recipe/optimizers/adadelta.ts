/**
 * Adadelta, the meaning of PyTorch's `Adadelta`.
 *
 * Source: Zeiler (2012), arXiv:1212.5701.
 *
 * @module
 */
import { belowOne, flag, notNegative, optional, positive } from "../../fields.ts";
import { recipeKind } from "../recipe_kind.ts";

export const adadelta = recipeKind("adadelta", {
  learningRate: optional(positive, 1),
  rho: optional(belowOne, 0.9),
  epsilon: optional(positive, 1e-6),
  weightDecay: optional(notNegative, 0),
  decayNormAndBias: optional(flag, true),
});
