/**
 * Half a cosine from the optimizer's own learning rate to `minimum` over the whole training; PyTorch's
 * `CosineAnnealingLR`. With `warmUp`, a share of the training, the rate first rises in a line from `warmUpStart` of its
 * own; PyTorch's `LinearLR` before it.
 *
 * @module
 */
import { belowOne, fraction, notNegative, oneOf, optional } from "../../fields.ts";
import { annealCosine, annealLinear } from "./anneal.ts";
import { epochOf, scheduleKind } from "./schedule_kind.ts";

export const cosine = scheduleKind("cosine", {
  fields: {
    per: oneOf("epoch", "step"),
    minimum: optional(notNegative, 0),
    warmUp: optional(belowOne, 0),
    warmUpStart: optional(fraction, 0.1),
  },
  learningRate(schedule, position) {
    const perStep = schedule.per === "step";
    const time = perStep ? position.step : epochOf(position);
    const total = position.epochs * (perStep ? position.stepsPerEpoch : 1);
    const rising = Math.round(schedule.warmUp * total), rate = position.learningRate;
    if (time < rising) return annealLinear(schedule.warmUpStart * rate, rate, time / rising);
    return annealCosine(rate, schedule.minimum, (time - rising) / (total - rising));
  },
});
