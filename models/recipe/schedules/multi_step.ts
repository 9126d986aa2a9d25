/**
 * × `factor` before each of these epochs, counted from 0; PyTorch's `MultiStepLR`.
 *
 * @module
 */
import { list, positive, positiveInteger } from "../../fields.ts";
import { epochOf, scheduleKind } from "./schedule_kind.ts";

export const multiStep = scheduleKind("multiStep", {
  fields: { epochs: list(positiveInteger), factor: positive },
  learningRate(schedule, position) {
    let rate = position.learningRate;
    for (const epoch of schedule.epochs) if (epoch <= epochOf(position)) rate *= schedule.factor;
    return rate;
  },
});
