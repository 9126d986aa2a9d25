import { equal, ok, throws } from "node:assert/strict";
import { learningRateAt, momentumAt } from "../../engine/schedules.ts";
import { baseline } from "../../models/01_baseline.ts";
import { longerTraining } from "../../models/02_longer_training.ts";
import { oneCycle } from "../../models/05_one_cycle.ts";
import type { Training } from "../../models/iteration.ts";
import { GoldenFile } from "../golden_file.ts";

const golden = new GoldenFile("schedules");
const stepsPerEpoch = Number(golden.metadata.steps_per_epoch);
const every = Number(golden.metadata.every);
const ROUNDING = 1e-14; // a few float64 operations, relative to the largest value

function checkClose(actual: number, expected: number, scale: number, what: string): void {
  ok(Math.abs(actual - expected) <= ROUNDING * scale, `${what}: expected ${expected}, got ${actual}`);
}

for (const epochs of [20, 16]) {
  Deno.test(`learningRateAt() and momentumAt() are PyTorch's OneCycleLR over ${epochs} epochs`, () => {
    const training: Training = { ...oneCycle.training, epochs };
    const rates = golden.f64(`one_cycle_${epochs}_epochs/learning_rate`);
    const momenta = golden.f64(`one_cycle_${epochs}_epochs/momentum`);
    equal(rates.length, epochs * stepsPerEpoch / every);
    rates.forEach((expected, index) => {
      const step = index * every;
      checkClose(learningRateAt(training, step, stepsPerEpoch), expected, 0.1, `rate at ${step}`);
      checkClose(momentumAt(training, step, stepsPerEpoch), momenta[index], 1, `momentum at ${step}`);
    });
  });
}

Deno.test("learningRateAt() is PyTorch's StepLR", () => {
  const rates = golden.f64("step_lr_per_epoch");
  rates.forEach((expected, epoch) => {
    for (const step of [epoch * stepsPerEpoch, (epoch + 1) * stepsPerEpoch - 1]) {
      const rate = learningRateAt(longerTraining.training, step, stepsPerEpoch);
      checkClose(rate, expected, 0.01, `step ${step}`);
    }
  });
});

Deno.test("learningRateAt() of iteration 1 is that of iteration 2's first epochs", () => {
  for (let step = 0; step < 5 * stepsPerEpoch; step += 97) {
    equal(
      learningRateAt(baseline.training, step, stepsPerEpoch),
      learningRateAt(longerTraining.training, step, stepsPerEpoch),
    );
  }
});

Deno.test("learningRateAt() and momentumAt() keep a constant schedule constant", () => {
  const training: Training = { ...oneCycle.training, schedule: { kind: "constant" } };
  equal(learningRateAt(training, 9379, 469), 0.01);
  equal(momentumAt(training, 9379, 469), 0.9);
});

Deno.test("learningRateAt() stays finite where a one-cycle schedule has no warm-up or nothing else", () => {
  for (const warmUp of [0, 0.25, 1]) {
    const training: Training = {
      ...oneCycle.training,
      epochs: 1,
      schedule: { kind: "oneCycle", maxLearningRate: 0.1, warmUp },
    };
    for (const steps of [1, 4]) {
      for (let step = 0; step < steps; step++) {
        const rate = learningRateAt(training, step, steps), momentum = momentumAt(training, step, steps);
        ok(rate > 0 && rate <= 0.1, `warm-up ${warmUp}, step ${step} of ${steps}: rate ${rate}`);
        ok(momentum >= 0.85 && momentum <= 0.95, `warm-up ${warmUp}, step ${step} of ${steps}: ${momentum}`);
      }
    }
  }
});

Deno.test("learningRateAt() rejects a step outside the training", () => {
  for (const step of [-1, 0.5, 9380, NaN]) {
    throws(() => learningRateAt(oneCycle.training, step, 469), {
      name: "RangeError",
      message: `Cannot compute a schedule: expected a step from 0 to 9379, got ${step}`,
    });
  }
});
