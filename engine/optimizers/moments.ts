/**
 * What Adam and AdamW have in common: two moving averages, their bias corrections, and the step that they give.
 *
 * m ← m + (1 − β1) (g − m); v ← β2 v + (1 − β2) g g; θ ← θ − stepSize · m / (√v / √(1 − β2^t) + ε)
 *
 * with stepSize = learningRate / (1 − β1^t), t counted from 1. A schedule that moves β1 moves it in the correction too,
 * as PyTorch has it: β1^t is a power of the present β1.
 *
 * Source: torch.optim.Adam (no AMSGrad); Kingma and Ba (2014), arXiv:1412.6980.
 *
 * @module
 */
import type { Arithmetic } from "../arithmetic.ts";
import type { StepRates, Updated } from "./optimizer_rule.ts";
import { power } from "./power.ts";

export const MOMENTS = ["first", "second"] as const;
export type Moment = typeof MOMENTS[number];

export const MOMENT_SCALARS = [
  "oneMinusBeta1",
  "beta2",
  "oneMinusBeta2",
  "stepSize",
  "rootBiasCorrection2",
  "epsilon",
] as const;
export type MomentScalar = typeof MOMENT_SCALARS[number];

/** The step's numbers; `momentum` is β1. */
export function momentScalarsAt(
  { beta2, epsilon }: { readonly beta2: number; readonly epsilon: number },
  { learningRate, momentum, step }: StepRates,
): Record<MomentScalar, number> {
  const t = step + 1;
  return {
    oneMinusBeta1: 1 - momentum,
    beta2,
    oneMinusBeta2: 1 - beta2,
    stepSize: learningRate / (1 - power(momentum, t)),
    rootBiasCorrection2: Math.sqrt(1 - power(beta2, t)),
    epsilon,
  };
}

/** The step of `parameter` from its gradient, weight decay done. */
export function updateByMoments<V>(
  a: Arithmetic<V>,
  { parameter, gradient, state, scalars }: {
    readonly parameter: V;
    readonly gradient: V;
    readonly state: Readonly<Record<Moment, V>>;
    readonly scalars: Readonly<Record<MomentScalar, V>>;
  },
): Updated<V, Moment> {
  const first = a.keep(
    a.multiplyAdd(a.subtract(gradient, state.first), scalars.oneMinusBeta1, state.first),
  );
  const second = a.keep(
    a.multiplyAdd(
      a.multiply(gradient, scalars.oneMinusBeta2),
      gradient,
      a.multiply(scalars.beta2, state.second),
    ),
  );
  const divisor = a.add(a.divide(a.squareRoot(second), scalars.rootBiasCorrection2), scalars.epsilon);
  return {
    parameter: a.multiplySubtract(scalars.stepSize, a.divide(first, divisor), parameter),
    state: { first, second },
  };
}
