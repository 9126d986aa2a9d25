/**
 * Adam with decoupled weight decay.
 *
 * θ ← θ − learningRate · weightDecay · θ, then the step of `moments.ts`. The scalar `weightDecay` is that product.
 *
 * Source: torch.optim.AdamW; Loshchilov and Hutter (2017), arXiv:1711.05101.
 *
 * @module
 */
import { MOMENT_SCALARS, MOMENTS, type MomentScalar, momentScalarsAt, updateByMoments } from "./moments.ts";
import type { OptimizerRule } from "./optimizer_rule.ts";

export const adamW: OptimizerRule<"adamW", MomentScalar | "weightDecay", "first" | "second"> = {
  state: MOMENTS,
  scalars: [...MOMENT_SCALARS, "weightDecay"],
  momentum: ({ beta1 }) => beta1,
  scalarsAt: (adamW, rates) => ({
    ...momentScalarsAt(adamW, rates),
    weightDecay: rates.learningRate * adamW.weightDecay,
  }),
  update(a, values) {
    const { scalars } = values;
    const parameter = a.keep(a.multiplySubtract(scalars.weightDecay, values.parameter, values.parameter));
    return updateByMoments(a, { ...values, parameter });
  },
};
