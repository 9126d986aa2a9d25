/**
 * × `factor` after every epoch; PyTorch's `ExponentialLR`.
 *
 * @module
 */
import { positive } from "../../fields.ts";
import { epochOf, scheduleKind } from "./schedule_kind.ts";

export const exponential = scheduleKind("exponential", {
  fields: { factor: positive },
  learningRate(schedule, position) {
    let rate = position.learningRate;
    for (let epoch = epochOf(position); epoch > 0; epoch--) rate *= schedule.factor;
    return rate;
  },
});
