import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { learningRateAt, momentumAt, optimizerScalarsAt } from "../../engine/rates.ts";
import { type CompletedTraining, completeTraining, type Training } from "../../models/iteration.ts";
import { baseline } from "../../models/iterations/01_baseline.ts";
import { longerTraining } from "../../models/iterations/02_longer_training.ts";
import { oneCycle } from "../../models/iterations/05_one_cycle.ts";
import { OPTIMIZER_RULES } from "../../engine/optimizers/mod.ts";

const STEPS = 469;

/** Iteration 5's training with something else in it. */
const training = (change: Partial<Training>): CompletedTraining =>
  completeTraining({ ...oneCycle.training, ...change });

Deno.test("learningRateAt() of iteration 1 is that of iteration 2's first epochs", () => {
  const first = completeTraining(baseline.training), second = completeTraining(longerTraining.training);
  for (let step = 0; step < 5 * STEPS; step += 97) {
    equal(learningRateAt(first, step, STEPS), learningRateAt(second, step, STEPS));
  }
});

Deno.test("learningRateAt() and momentumAt() keep a constant schedule constant", () => {
  const constant = training({ schedule: { kind: "constant" } });
  equal(learningRateAt(constant, 9379, STEPS), 0.01);
  equal(momentumAt(constant, 9379, STEPS), 0.9);
});

Deno.test("learningRateAt() stays finite where a one-cycle schedule has no warm-up or nothing else", () => {
  for (const threePhase of [false, true]) {
    for (const warmUp of [0, 0.25, 0.5, 1]) {
      const cycled = training({
        epochs: 1,
        schedule: { kind: "oneCycle", maxLearningRate: 0.1, warmUp, threePhase },
      });
      for (const steps of [1, 2, 4]) {
        for (let step = 0; step < steps; step++) {
          const rate = learningRateAt(cycled, step, steps), momentum = momentumAt(cycled, step, steps);
          const what = `warm-up ${warmUp}, step ${step} of ${steps}`;
          ok(rate > 0 && rate <= 0.1 * (1 + 1e-15), `${what}: rate ${rate}`);
          ok(momentum >= 0.85 - 1e-15 && momentum <= 0.95 + 1e-15, `${what}: momentum ${momentum}`);
        }
      }
    }
  }
});

Deno.test("learningRateAt() rejects a step outside the training", () => {
  for (const step of [-1, 0.5, 9380, NaN]) {
    throws(() => learningRateAt(completeTraining(oneCycle.training), step, STEPS), {
      name: "RangeError",
      message: `Cannot compute a schedule: expected a step from 0 to 9379, got ${step}`,
    });
  }
});

Deno.test("learningRateAt() reads as much of a history as lies before the step, and no less", () => {
  const plateau = training({
    epochs: 5,
    schedule: { kind: "plateau", factor: 0.5, patience: 0, metric: "trainLoss" },
  });
  const history = [3, 3, 3, 3].map((trainLoss) => ({ trainLoss, trainAccuracy: 0 }));
  const rates = [0, 1, 2, 3].map((epoch) => learningRateAt(plateau, 10 * epoch + 9, 10, history));
  deepEqual(rates, [0.01, 0.01, 0.005, 0.0025]);
  throws(() => learningRateAt(plateau, 20, 10, history.slice(0, 1)), {
    message: "Cannot compute a schedule: expected the measures of 2 epochs, got those of 1",
  });
  const heldOut = training({
    schedule: { kind: "plateau", factor: 0.5, patience: 0, metric: "validationAccuracy" },
  });
  throws(() => learningRateAt(heldOut, STEPS, STEPS, [{ ...history[0], validationAccuracy: null }]), {
    message: 'Cannot compute a schedule: expected every epoch to have "validationAccuracy", got one without',
  });
});

Deno.test("optimizerScalarsAt() has iteration 5's numbers, rounded once", () => {
  const iteration5 = completeTraining(oneCycle.training);
  for (const step of [0, 1875, 9379]) {
    deepEqual(optimizerScalarsAt(iteration5, step, STEPS), {
      learningRate: Math.fround(learningRateAt(iteration5, step, STEPS)),
      momentum: Math.fround(momentumAt(iteration5, step, STEPS)),
      weightDecay: Math.fround(1e-4),
    });
  }
});

Deno.test("optimizerScalarsAt() has Adam's bias corrections", () => {
  const adam = completeTraining(baseline.training);
  deepEqual(optimizerScalarsAt(adam, 0, STEPS), {
    oneMinusBeta1: Math.fround(1 - 0.9),
    beta2: Math.fround(0.999),
    oneMinusBeta2: Math.fround(1 - 0.999),
    stepSize: Math.fround(0.01 / (1 - 0.9)),
    rootBiasCorrection2: Math.fround(Math.sqrt(1 - 0.999)),
    epsilon: Math.fround(1e-8),
    weightDecay: 0,
  });
  // √(1 − 0.999^100) and 0.01 / (1 − 0.9^100), from mpmath 1.3.0.
  const { rootBiasCorrection2, stepSize } = optimizerScalarsAt(adam, 99, STEPS);
  ok(Math.abs(rootBiasCorrection2 - 0.30855769782374834) < 2e-8, `${rootBiasCorrection2}`);
  ok(Math.abs(stepSize - 0.010000265621044142) < 1e-9, `${stepSize}`);
});

Deno.test("optimizerScalarsAt() cycles what each optimizer has, as PyTorch does", () => {
  const scalars = (optimizer: Training["optimizer"]) => optimizerScalarsAt(training({ optimizer }), 0, STEPS);
  equal(scalars({ kind: "adam", learningRate: 1 }).oneMinusBeta1, Math.fround(1 - 0.95));
  equal(scalars({ kind: "adamW", learningRate: 1 }).oneMinusBeta1, Math.fround(1 - 0.95));
  equal(scalars({ kind: "sgd", learningRate: 1 }).momentum, Math.fround(0.95));
  equal(scalars({ kind: "rmsProp", learningRate: 1 }).momentum, Math.fround(0.95));
});

Deno.test("optimizerScalarsAt() gives every number that a rule names, weight decay included", () => {
  for (const [kind, { scalars }] of Object.entries(OPTIMIZER_RULES)) {
    const optimizer = { kind, learningRate: 0.1 } as Training["optimizer"];
    deepEqual(Object.keys(optimizerScalarsAt(training({ optimizer }), 3, STEPS)).sort(), [...scalars].sort());
    ok(scalars.some((name) => name === "weightDecay"), kind);
  }
});
