/**
 * Learning rate, momentum and optimizer numbers of each step.
 *
 * Float64, from + − × ÷ and the project's own functions, the same everywhere. Schedules always have the iteration's own
 * length, training epochs × steps per epoch, even where a trial stops earlier. Schedules that look back read `history`,
 * what the epochs before measured; the others do not need it.
 *
 * @module
 */
import type { CompletedTraining } from "../models/iteration.ts";
import { type EpochMeasures, scheduleKindOf, type SchedulePosition } from "../models/recipe/schedules/mod.ts";
import { optimizerRule } from "./optimizers/mod.ts";

type Schedules = Pick<CompletedTraining, "epochs" | "optimizer" | "schedule">;

function positionOf(
  { epochs, optimizer }: Schedules,
  step: number,
  stepsPerEpoch: number,
  history: readonly EpochMeasures[],
): SchedulePosition {
  const totalSteps = epochs * stepsPerEpoch;
  if (!(Number.isInteger(step) && step >= 0 && step < totalSteps)) {
    throw new RangeError(
      `Cannot compute a schedule: expected a step from 0 to ${totalSteps - 1}, got ${step}`,
    );
  }
  const { learningRate } = optimizer, momentum = optimizerRule(optimizer).momentum(optimizer);
  return { step, stepsPerEpoch, epochs, learningRate, momentum, history };
}

/**
 * Learning rate of a step, counted from 0 over the whole training.
 *
 * @throws {RangeError} If the step is not an integer within the training.
 */
export function learningRateAt(
  training: Schedules,
  step: number,
  stepsPerEpoch: number,
  history: readonly EpochMeasures[] = [],
): number {
  const position = positionOf(training, step, stepsPerEpoch, history);
  return scheduleKindOf(training.schedule).learningRate(training.schedule, position);
}

/**
 * SGD's or RMSprop's momentum, or Adam's β1, of a step; 0 where the optimizer has neither.
 *
 * @throws {RangeError} If the step is not an integer within the training.
 */
export function momentumAt(
  training: Schedules,
  step: number,
  stepsPerEpoch: number,
  history: readonly EpochMeasures[] = [],
): number {
  const position = positionOf(training, step, stepsPerEpoch, history);
  return scheduleKindOf(training.schedule).momentum(training.schedule, position);
}

/**
 * The numbers of an optimizer's step by the names that its rule gives them, each computed in float64 and rounded once
 * to float32.
 *
 * @throws {RangeError} If the step is not an integer within the training.
 */
export function optimizerScalarsAt(
  training: Schedules,
  step: number,
  stepsPerEpoch: number,
  history: readonly EpochMeasures[] = [],
): Readonly<Record<string, number>> {
  const { optimizer } = training;
  const scalars = optimizerRule(optimizer).scalarsAt(optimizer, {
    learningRate: learningRateAt(training, step, stepsPerEpoch, history),
    momentum: momentumAt(training, step, stepsPerEpoch, history),
    step,
  });
  return Object.fromEntries(Object.entries(scalars).map(([name, value]) => [name, Math.fround(value)]));
}
