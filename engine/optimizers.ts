/**
 * Adam and SGD with PyTorch's meaning: the numbers that every engine needs at a step, and a plain float32
 * reference of the updates.
 *
 * Source: torch.optim.Adam (no weight decay, no AMSGrad) and torch.optim.SGD (no dampening, no Nesterov).
 *
 * @module
 */
import type { Training } from "../models/types.ts";
import { learningRateAt, momentumAt } from "./schedules.ts";

/** What Adam needs at one step; each computed in float64 and rounded once to float32. */
export interface AdamScalars {
  readonly kind: "adam";
  readonly beta1: number;
  readonly oneMinusBeta1: number;
  readonly beta2: number;
  readonly oneMinusBeta2: number;
  /** learning rate / (1 − β1^t), t counted from 1 */
  readonly stepSize: number;
  /** √(1 − β2^t) */
  readonly rootBiasCorrection2: number;
  readonly epsilon: number;
}

/** What SGD needs at one step; each computed in float64 and rounded once to float32. */
export interface SgdScalars {
  readonly kind: "sgd";
  readonly learningRate: number;
  readonly momentum: number;
  readonly weightDecay: number;
}

/** The numbers of one optimizer step. */
export type OptimizerScalars = AdamScalars | SgdScalars;

/** base^exponent by repeated squaring; the exponent is a whole number. */
function power(base: number, exponent: number): number {
  let result = 1;
  for (let square = base, rest = exponent; rest > 0; square *= square, rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result *= square;
  }
  return result;
}

/**
 * The numbers of a step, counted from 0 over the whole training.
 *
 * @throws {RangeError} If the step is not an integer within the training.
 */
export function optimizerScalars(training: Training, step: number, stepsPerEpoch: number): OptimizerScalars {
  const { optimizer } = training;
  const learningRate = learningRateAt(training, step, stepsPerEpoch);
  const momentum = momentumAt(training, step, stepsPerEpoch);
  if (optimizer.kind === "sgd") {
    return {
      kind: "sgd",
      learningRate: Math.fround(learningRate),
      momentum: Math.fround(momentum),
      weightDecay: Math.fround(optimizer.weightDecay),
    };
  }
  const t = step + 1;
  return {
    kind: "adam",
    beta1: Math.fround(momentum),
    oneMinusBeta1: Math.fround(1 - momentum),
    beta2: Math.fround(optimizer.beta2),
    oneMinusBeta2: Math.fround(1 - optimizer.beta2),
    stepSize: Math.fround(learningRate / (1 - power(momentum, t))),
    rootBiasCorrection2: Math.fround(Math.sqrt(1 - power(optimizer.beta2, t))),
    epsilon: Math.fround(optimizer.epsilon),
  };
}

/**
 * Updates parameters by Adam, in float32 with every operation rounded.
 *
 * m ← β1 m + (1 − β1) g; v ← β2 v + (1 − β2) g g; θ ← θ − stepSize · m / (√v / √(1 − β2^t) + ε)
 *
 * All arrays have the same length; both moments start at 0.
 */
export function adamUpdate(
  parameters: Float32Array,
  gradients: Float32Array,
  moments: { readonly first: Float32Array; readonly second: Float32Array },
  scalars: AdamScalars,
): void {
  const f = Math.fround;
  const { first, second } = moments;
  for (let i = 0; i < parameters.length; i++) {
    const gradient = gradients[i];
    first[i] = f(f(first[i] * scalars.beta1) + f(scalars.oneMinusBeta1 * gradient));
    second[i] = f(f(second[i] * scalars.beta2) + f(f(scalars.oneMinusBeta2 * gradient) * gradient));
    const divisor = f(f(f(Math.sqrt(second[i])) / scalars.rootBiasCorrection2) + scalars.epsilon);
    parameters[i] = f(parameters[i] - f(f(scalars.stepSize * first[i]) / divisor));
  }
}

/**
 * Updates parameters by SGD with momentum, in float32 with every operation rounded.
 *
 * v ← momentum · v + (g + weightDecay · θ); θ ← θ − learningRate · v
 *
 * All arrays have the same length; the velocity starts at 0.
 */
export function sgdUpdate(
  parameters: Float32Array,
  gradients: Float32Array,
  velocity: Float32Array,
  scalars: SgdScalars,
): void {
  const f = Math.fround;
  for (let i = 0; i < parameters.length; i++) {
    const gradient = f(gradients[i] + f(scalars.weightDecay * parameters[i]));
    velocity[i] = f(f(scalars.momentum * velocity[i]) + gradient);
    parameters[i] = f(parameters[i] - f(scalars.learningRate * velocity[i]));
  }
}
