/**
 * The optimizer's own learning rate in every step.
 *
 * @module
 */
import { scheduleKind } from "./schedule_kind.ts";

export const constant = scheduleKind("constant", {
  fields: {},
  learningRate: (_, { learningRate }) => learningRate,
});
