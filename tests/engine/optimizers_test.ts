import { deepEqual, equal, ok } from "node:assert/strict";
import { adamUpdate, optimizerScalars, sgdUpdate } from "../../engine/optimizers.ts";
import { learningRateAt, momentumAt } from "../../engine/schedules.ts";
import { baseline } from "../../models/01_baseline.ts";
import { oneCycle } from "../../models/05_one_cycle.ts";
import type { Training } from "../../models/iteration.ts";
import { GoldenFile } from "../golden_file.ts";

const golden = new GoldenFile("optimizers");
const STEPS = 6;
const FLOAT32_TOLERANCE = 1e-6; // absolute, on parameters of size 1: the golden README's bound

/** Applies the six golden gradients and returns the largest difference from PyTorch's parameters. */
function largestError(training: Training, expectedName: string): number {
  const parameters = golden.f32("parameters").slice(), gradients = golden.f32("gradients");
  const expected = golden.f64(expectedName);
  const size = parameters.length;
  const first = new Float32Array(size), second = new Float32Array(size);
  let largest = 0;
  for (let step = 0; step < STEPS; step++) {
    const gradient = gradients.subarray(step * size, (step + 1) * size);
    const scalars = optimizerScalars(training, step, STEPS);
    if (scalars.kind === "adam") adamUpdate(parameters, gradient, { first, second }, scalars);
    else sgdUpdate(parameters, gradient, first, scalars);
    parameters.forEach((value, i) => {
      largest = Math.max(largest, Math.abs(value - expected[step * size + i]));
    });
  }
  return largest;
}

const adam: Training = { ...baseline.training, epochs: 1, schedule: { kind: "constant" } };
const sgd: Training = { ...oneCycle.training, epochs: 1, schedule: { kind: "constant" } };
const sgdOneCycle: Training = { ...oneCycle.training, epochs: 1 };

Deno.test("adamUpdate() follows PyTorch's Adam", () => {
  const error = largestError(adam, "adam/after_each_step");
  ok(error <= FLOAT32_TOLERANCE, `largest error ${error}`);
});

Deno.test("sgdUpdate() follows PyTorch's SGD with momentum and weight decay", () => {
  const error = largestError(sgd, "sgd_momentum_decay/after_each_step");
  ok(error <= FLOAT32_TOLERANCE, `largest error ${error}`);
});

Deno.test("sgdUpdate() follows PyTorch's SGD under OneCycleLR", () => {
  const error = largestError(sgdOneCycle, "sgd_one_cycle/after_each_step");
  ok(error <= FLOAT32_TOLERANCE, `largest error ${error}`);
});

Deno.test("optimizerScalars() has OneCycleLR's rates and momenta", () => {
  const rates = golden.f64("sgd_one_cycle/learning_rate"), momenta = golden.f64("sgd_one_cycle/momentum");
  for (let step = 0; step < STEPS; step++) {
    ok(Math.abs(learningRateAt(sgdOneCycle, step, STEPS) - rates[step]) <= 1e-15);
    ok(Math.abs(momentumAt(sgdOneCycle, step, STEPS) - momenta[step]) <= 1e-15);
    deepEqual(optimizerScalars(sgdOneCycle, step, STEPS), {
      kind: "sgd",
      learningRate: Math.fround(rates[step]),
      momentum: Math.fround(momenta[step]),
      weightDecay: Math.fround(1e-4),
    });
  }
});

Deno.test("optimizerScalars() has Adam's bias corrections", () => {
  const first = optimizerScalars(baseline.training, 0, 469);
  deepEqual(first, {
    kind: "adam",
    beta1: Math.fround(0.9),
    oneMinusBeta1: Math.fround(1 - 0.9),
    beta2: Math.fround(0.999),
    oneMinusBeta2: Math.fround(1 - 0.999),
    stepSize: Math.fround(0.01 / (1 - 0.9)),
    rootBiasCorrection2: Math.fround(Math.sqrt(1 - 0.999)),
    epsilon: Math.fround(1e-8),
  });
  // √(1 − 0.999^100) and 0.01 / (1 − 0.9^100), from mpmath 1.3.0.
  const later = optimizerScalars(baseline.training, 99, 469);
  ok(later.kind === "adam");
  ok(Math.abs(later.rootBiasCorrection2 - 0.30855769782374834) < 2e-8, `${later.rootBiasCorrection2}`);
  ok(Math.abs(later.stepSize - 0.010000265621044142) < 1e-9, `${later.stepSize}`);
});

Deno.test("optimizerScalars() cycles Adam's beta1 under OneCycleLR, as PyTorch does", () => {
  const training: Training = { ...adam, schedule: sgdOneCycle.schedule };
  const scalars = optimizerScalars(training, 0, STEPS);
  ok(scalars.kind === "adam");
  equal(scalars.beta1, Math.fround(0.95));
});
