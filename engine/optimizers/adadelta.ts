/**
 * Adadelta.
 *
 * g ← g + weightDecay · θ; s ← ρ s + (1 − ρ) g g; d = √(u + ε) / √(s + ε) · g; u ← ρ u + (1 − ρ) d d;
 * θ ← θ − learningRate · d
 *
 * Source: torch.optim.Adadelta; Zeiler (2012), arXiv:1212.5701.
 *
 * @module
 */
import type { OptimizerRule } from "./optimizer_rule.ts";

type Scalar = "learningRate" | "rho" | "oneMinusRho" | "epsilon" | "weightDecay";

export const adadelta: OptimizerRule<"adadelta", Scalar, "square" | "squareOfSteps"> = {
  state: ["square", "squareOfSteps"],
  scalars: ["learningRate", "rho", "oneMinusRho", "epsilon", "weightDecay"],
  momentum: () => 0,
  scalarsAt: ({ rho, epsilon, weightDecay }, { learningRate }) => ({
    learningRate,
    rho,
    oneMinusRho: 1 - rho,
    epsilon,
    weightDecay,
  }),
  update(a, { parameter, gradient, state, scalars }) {
    const { rho, oneMinusRho, epsilon } = scalars;
    const decayed = a.keep(a.multiplyAdd(scalars.weightDecay, parameter, gradient));
    const square = a.keep(
      a.multiplyAdd(a.multiply(decayed, oneMinusRho), decayed, a.multiply(rho, state.square)),
    );
    const step = a.keep(
      a.multiply(
        a.divide(
          a.squareRoot(a.add(state.squareOfSteps, epsilon)),
          a.squareRoot(a.add(square, epsilon)),
        ),
        decayed,
      ),
    );
    const squareOfSteps = a.keep(
      a.multiplyAdd(a.multiply(step, oneMinusRho), step, a.multiply(rho, state.squareOfSteps)),
    );
    return {
      parameter: a.multiplySubtract(scalars.learningRate, step, parameter),
      state: { square, squareOfSteps },
    };
  },
};
