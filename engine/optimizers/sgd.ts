/**
 * Stochastic gradient descent with momentum.
 *
 * g ← g + weightDecay · θ; v ← momentum · v + g; θ ← θ − learningRate · v, or with `nesterov`
 * θ ← θ − learningRate · (g + momentum · v).
 *
 * Source: torch.optim.SGD (no dampening).
 *
 * @module
 */
import type { OptimizerRule } from "./optimizer_rule.ts";

export const sgd: OptimizerRule<"sgd", "learningRate" | "momentum" | "weightDecay", "velocity"> = {
  state: ["velocity"],
  scalars: ["learningRate", "momentum", "weightDecay"],
  momentum: ({ momentum }) => momentum,
  scalarsAt: ({ weightDecay }, { learningRate, momentum }) => ({ learningRate, momentum, weightDecay }),
  update(a, { parameter, gradient, state, scalars }, { nesterov }) {
    const decayed = a.keep(a.multiplyAdd(scalars.weightDecay, parameter, gradient));
    const velocity = a.keep(a.multiplyAdd(scalars.momentum, state.velocity, decayed));
    const step = nesterov ? a.multiplyAdd(scalars.momentum, velocity, decayed) : velocity;
    return { parameter: a.multiplySubtract(scalars.learningRate, step, parameter), state: { velocity } };
  },
};
