/**
 * Learning rate and momentum at each step, with the meaning of PyTorch's `StepLR` and `OneCycleLR`.
 *
 * Float64, from + − × ÷ and the project's own cosine. Schedules always have the iteration's own length, training
 * epochs × steps per epoch, even where a trial stops earlier.
 *
 * Source: torch.optim.lr_scheduler; Smith and Topin (2017), arXiv:1708.07120.
 *
 * @module
 */
import { cos } from "../math/elementary.ts";
import type { Optimizer, Training } from "../models/types.ts";

// PyTorch's defaults of OneCycleLR.
const START_DIVISOR = 25; // div_factor: max / start
const END_DIVISOR = 1e4; // final_div_factor: start / end
const LOWEST_MOMENTUM = 0.85;
const HIGHEST_MOMENTUM = 0.95;

const PI = 3.141592653589793;

/** Half a cosine from `start` (fraction 0) to `end` (fraction 1). */
function anneal(start: number, end: number, fraction: number): number {
  return end + (start - end) / 2 * (cos(PI * fraction) + 1);
}

/**
 * A value that goes from `start` to `peak` during the warm-up and on to `end` until the last step.
 *
 * As in PyTorch the peak lies at warmUp · totalSteps − 1, which need not be a whole step.
 */
function oneCycle(
  step: number,
  totalSteps: number,
  warmUp: number,
  { start, peak, end }: { start: number; peak: number; end: number },
): number {
  const peakStep = warmUp * totalSteps - 1, lastStep = totalSteps - 1;
  if (step <= peakStep) {
    // A peak at step 0 leaves no warm-up; PyTorch divides by zero there.
    return peakStep > 0 ? anneal(start, peak, step / peakStep) : peak;
  }
  return lastStep > peakStep ? anneal(peak, end, (step - peakStep) / (lastStep - peakStep)) : end;
}

/** SGD's momentum or Adam's β1 as the recipe states it. */
function ownMomentum(optimizer: Optimizer): number {
  return optimizer.kind === "sgd" ? optimizer.momentum : optimizer.beta1;
}

function checkStep(training: Training, step: number, stepsPerEpoch: number): number {
  const totalSteps = training.epochs * stepsPerEpoch;
  if (!(Number.isInteger(step) && step >= 0 && step < totalSteps)) {
    throw new RangeError(
      `Cannot compute a schedule: expected a step from 0 to ${totalSteps - 1}, got ${step}`,
    );
  }
  return totalSteps;
}

/**
 * Learning rate of a step, counted from 0 over the whole training.
 *
 * @throws {RangeError} If the step is not an integer within the training.
 */
export function learningRateAt(training: Training, step: number, stepsPerEpoch: number): number {
  const totalSteps = checkStep(training, step, stepsPerEpoch);
  const { schedule, optimizer } = training;
  switch (schedule.kind) {
    case "constant":
      return optimizer.learningRate;
    case "step": {
      const drops = Math.floor(Math.floor(step / stepsPerEpoch) / schedule.epochs);
      let rate: number = optimizer.learningRate;
      for (let drop = 0; drop < drops; drop++) rate *= schedule.factor;
      return rate;
    }
    case "oneCycle": {
      const start = schedule.maxLearningRate / START_DIVISOR;
      const end = start / END_DIVISOR;
      return oneCycle(step, totalSteps, schedule.warmUp, { start, peak: schedule.maxLearningRate, end });
    }
  }
}

/**
 * SGD's momentum, or Adam's β1, of a step: cycled 0.95 → 0.85 → 0.95 by `oneCycle`, else the optimizer's own.
 *
 * @throws {RangeError} If the step is not an integer within the training.
 */
export function momentumAt(training: Training, step: number, stepsPerEpoch: number): number {
  const totalSteps = checkStep(training, step, stepsPerEpoch);
  const { schedule, optimizer } = training;
  if (schedule.kind !== "oneCycle") return ownMomentum(optimizer);
  return oneCycle(step, totalSteps, schedule.warmUp, {
    start: HIGHEST_MOMENTUM,
    peak: LOWEST_MOMENTUM,
    end: HIGHEST_MOMENTUM,
  });
}
