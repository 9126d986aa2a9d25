/**
 * Adagrad, the meaning of PyTorch's `Adagrad` (no learning-rate decay, sums start at 0).
 *
 * Source: Duchi, Hazan and Singer (2011), JMLR 12.
 *
 * @module
 */
import { flag, notNegative, optional, positive } from "../../fields.ts";
import { recipeKind } from "../recipe_kind.ts";

export const adagrad = recipeKind("adagrad", {
  learningRate: positive,
  epsilon: optional(positive, 1e-10),
  weightDecay: optional(notNegative, 0),
  decayNormAndBias: optional(flag, true),
});
