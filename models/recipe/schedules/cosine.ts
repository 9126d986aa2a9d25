/**
 * Half a cosine from the optimizer's own learning rate to `minimum` over the whole training; PyTorch's
 * `CosineAnnealingLR`. With `warmUp`, a share of the training, the rate first rises in a line from `warmUpStart` of its
 * own; PyTorch's `LinearLR` before it. It lasts whole steps or epochs: a share that is no epoch, or all of them, when
 * rounded is refused by `validateIteration`.
 *
 * @module
 */
import { belowOne, fraction, notNegative, oneOf, optional } from "../../fields.ts";
import { annealCosine, annealLinear } from "./anneal.ts";
import { epochOf, scheduleKind } from "./schedule_kind.ts";

/** How many of `total` steps or epochs the warm-up lasts. */
export const warmUpTime = (warmUp: number, total: number): number => Math.round(warmUp * total);

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
    const rising = warmUpTime(schedule.warmUp, total), rate = position.learningRate;
    if (time < rising) return annealLinear(schedule.warmUpStart * rate, rate, time / rising);
    return annealCosine(rate, schedule.minimum, (time - rising) / (total - rising));
  },
});
