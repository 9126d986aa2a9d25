/**
 * Adagrad.
 *
 * g ← g + weightDecay · θ; s ← s + g g; θ ← θ − learningRate · g / (√s + ε)
 *
 * Source: torch.optim.Adagrad (no learning-rate decay, sums start at 0); Duchi, Hazan and Singer (2011), JMLR 12.
 *
 * @module
 */
import type { OptimizerRule } from "./optimizer_rule.ts";

export const adagrad: OptimizerRule<"adagrad", "learningRate" | "epsilon" | "weightDecay", "sum"> = {
  state: ["sum"],
  scalars: ["learningRate", "epsilon", "weightDecay"],
  momentum: () => 0,
  scalarsAt: ({ epsilon, weightDecay }, { learningRate }) => ({ learningRate, epsilon, weightDecay }),
  update(a, { parameter, gradient, state, scalars }) {
    const decayed = a.keep(a.multiplyAdd(scalars.weightDecay, parameter, gradient));
    const sum = a.keep(a.multiplyAdd(decayed, decayed, state.sum));
    const step = a.divide(decayed, a.add(a.squareRoot(sum), scalars.epsilon));
    return { parameter: a.multiplySubtract(scalars.learningRate, step, parameter), state: { sum } };
  },
};
