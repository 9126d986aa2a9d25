/**
 * Adam; weight decay is added to the gradient, and where there is none nothing is added.
 *
 * g ← g + weightDecay · θ, then the step of `moments.ts`.
 *
 * @module
 */
import { MOMENT_SCALARS, MOMENTS, type MomentScalar, momentScalarsAt, updateByMoments } from "./moments.ts";
import type { OptimizerRule } from "./optimizer_rule.ts";

export const adam: OptimizerRule<"adam", MomentScalar | "weightDecay", "first" | "second"> = {
  state: MOMENTS,
  scalars: [...MOMENT_SCALARS, "weightDecay"],
  momentum: ({ beta1 }) => beta1,
  scalarsAt: (adam, rates) => ({ ...momentScalarsAt(adam, rates), weightDecay: adam.weightDecay }),
  update(a, values, { weightDecay }) {
    if (weightDecay === 0) return updateByMoments(a, values);
    const { scalars, parameter } = values;
    const gradient = a.keep(a.multiplyAdd(scalars.weightDecay, parameter, values.gradient));
    return updateByMoments(a, { ...values, gradient });
  },
};
