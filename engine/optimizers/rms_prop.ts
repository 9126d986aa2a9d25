/**
 * RMSprop, not centred.
 *
 * g ← g + weightDecay · θ; s ← α s + (1 − α) g g; v ← momentum · v + g / (√s + ε); θ ← θ − learningRate · v
 *
 * Source: torch.optim.RMSprop, whose momentum `OneCycleLR` cycles like SGD's.
 *
 * @module
 */
import type { OptimizerRule } from "./optimizer_rule.ts";

type Scalar = "learningRate" | "momentum" | "alpha" | "oneMinusAlpha" | "epsilon" | "weightDecay";

export const rmsProp: OptimizerRule<"rmsProp", Scalar, "square" | "velocity"> = {
  state: ["square", "velocity"],
  scalars: ["learningRate", "momentum", "alpha", "oneMinusAlpha", "epsilon", "weightDecay"],
  momentum: ({ momentum }) => momentum,
  scalarsAt: ({ alpha, epsilon, weightDecay }, { learningRate, momentum }) => ({
    learningRate,
    momentum,
    alpha,
    oneMinusAlpha: 1 - alpha,
    epsilon,
    weightDecay,
  }),
  update(a, { parameter, gradient, state, scalars }) {
    const decayed = a.keep(a.multiplyAdd(scalars.weightDecay, parameter, gradient));
    const square = a.keep(
      a.multiplyAdd(
        a.multiply(decayed, scalars.oneMinusAlpha),
        decayed,
        a.multiply(scalars.alpha, state.square),
      ),
    );
    const scaled = a.divide(decayed, a.add(a.squareRoot(square), scalars.epsilon));
    const velocity = a.keep(a.multiplyAdd(scalars.momentum, state.velocity, scaled));
    return {
      parameter: a.multiplySubtract(scalars.learningRate, velocity, parameter),
      state: { square, velocity },
    };
  },
};
