/**
 * ÷ (1 + rate · t), t the epoch or the step, counted from 0.
 *
 * @module
 */
import { notNegative, oneOf, optional } from "../../fields.ts";
import { epochOf, scheduleKind } from "./schedule_kind.ts";

export const inverseTime = scheduleKind("inverseTime", {
  fields: { rate: notNegative, per: optional(oneOf("epoch", "step"), "epoch") },
  learningRate(schedule, position) {
    const time = schedule.per === "step" ? position.step : epochOf(position);
    return position.learningRate / (1 + schedule.rate * time);
  },
});
