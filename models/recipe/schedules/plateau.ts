/**
 * × `factor` where `metric` has not become better for more than `patience` epochs; PyTorch's `ReduceLROnPlateau` with
 * its relative threshold. It looks at training or validation figures; the test set is not its business.
 *
 * @module
 */
import { betweenZeroAndOne, notNegative, oneOf, optional, wholeNumber } from "../../fields.ts";
import { type EpochMeasures, epochOf, scheduleKind } from "./schedule_kind.ts";

/** PyTorch leaves the rate alone where it would change by less. */
const LEAST_CHANGE = 1e-8;

export const plateau = scheduleKind("plateau", {
  looksBack: true,
  fields: {
    factor: betweenZeroAndOne,
    patience: wholeNumber,
    metric: oneOf("trainLoss", "trainAccuracy", "validationLoss", "validationAccuracy"),
    threshold: optional(notNegative, 1e-4),
    cooldown: optional(wholeNumber, 0),
    minimum: optional(notNegative, 0),
  },
  learningRate(schedule, position) {
    const { learningRate } = position, epoch = epochOf(position), history = position.history.slice(0, epoch);
    if (history.length < epoch) {
      throw new TypeError(
        `Cannot compute a schedule: expected the measures of ${epoch} epochs, got those of ${history.length}`,
      );
    }
    const isLoss = schedule.metric.endsWith("Loss");
    let rate = learningRate, best = isLoss ? Infinity : -Infinity, bad = 0, rest = 0;
    for (const measures of history) {
      const value = measured(measures, schedule.metric);
      const better = isLoss
        ? value < best * (1 - schedule.threshold)
        : best === -Infinity || value > best * (1 + schedule.threshold);
      if (better) [best, bad] = [value, 0];
      else bad++;
      if (rest > 0) [rest, bad] = [rest - 1, 0];
      if (bad > schedule.patience) {
        const lower = Math.max(rate * schedule.factor, schedule.minimum);
        if (rate - lower > LEAST_CHANGE) rate = lower;
        [rest, bad] = [schedule.cooldown, 0];
      }
    }
    return rate;
  },
});

function measured(measures: EpochMeasures, metric: keyof EpochMeasures): number {
  const value = measures[metric];
  if (value === undefined || value === null) {
    throw new TypeError(
      `Cannot compute a schedule: expected every epoch to have "${metric}", got one without`,
    );
  }
  return value;
}
