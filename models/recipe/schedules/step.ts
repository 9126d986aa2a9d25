/**
 * × `factor` after every `epochs` epochs; PyTorch's `StepLR`.
 *
 * @module
 */
import { positive, positiveInteger } from "../../fields.ts";
import { epochOf, scheduleKind } from "./schedule_kind.ts";

export const step = scheduleKind("step", {
  fields: { epochs: positiveInteger, factor: positive },
  learningRate(schedule, position) {
    const drops = Math.floor(epochOf(position) / schedule.epochs);
    let rate = position.learningRate;
    for (let drop = 0; drop < drops; drop++) rate *= schedule.factor;
    return rate;
  },
});
