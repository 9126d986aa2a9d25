/**
 * Stochastic gradient descent with momentum, the meaning of PyTorch's `SGD` (no dampening).
 *
 * g ← g + weightDecay · θ; v ← momentum · v + g; θ ← θ − learningRate · v, with `nesterov` − learningRate · (g + momentum · v).
 *
 * @module
 */
import { belowOne, flag, notNegative, optional, positive } from "../../fields.ts";
import { recipeKind } from "../recipe_kind.ts";

export const sgd = recipeKind("sgd", {
  learningRate: positive,
  momentum: optional(belowOne, 0),
  weightDecay: optional(notNegative, 0),
  nesterov: optional(flag, false),
  decayNormAndBias: optional(flag, true),
});
