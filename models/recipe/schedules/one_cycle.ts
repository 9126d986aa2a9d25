/**
 * Up to `maxLearningRate` and down to almost nothing, step by step, the momentum the other way; PyTorch's
 * `OneCycleLR`, which cycles SGD's momentum and Adam's β1.
 *
 * It starts at max/divisor and ends at max/divisor/finalDivisor. As in PyTorch the peak lies at
 * warmUp · steps − 1, which need not be a whole step.
 * Source: Smith and Topin (2017), arXiv:1708.07120; torch.optim.lr_scheduler.
 *
 * @module
 */
import { belowOne, either, flag, fraction, object, off, oneOf, optional, positive } from "../../fields.ts";
import { annealCosine, annealLinear } from "./anneal.ts";
import { scheduleKind, type SchedulePosition } from "./schedule_kind.ts";

/** Values that the phases go through. */
interface Cycle {
  readonly start: number;
  readonly peak: number;
  readonly end: number;
}

function cycle(
  { warmUp, anneal, threePhase }: { warmUp: number; anneal: "cosine" | "linear"; threePhase: boolean },
  { step, stepsPerEpoch, epochs }: SchedulePosition,
  { start, peak, end }: Cycle,
): number {
  const way = anneal === "cosine" ? annealCosine : annealLinear;
  const total = epochs * stepsPerEpoch, peakStep = warmUp * total - 1, lastStep = total - 1;
  // A peak at step 0 leaves no warm-up; PyTorch divides by zero there.
  if (step <= peakStep) return peakStep > 0 ? way(start, peak, step / peakStep) : peak;
  if (!threePhase) {
    return lastStep > peakStep ? way(peak, end, (step - peakStep) / (lastStep - peakStep)) : end;
  }
  const backStep = 2 * warmUp * total - 2;
  if (step <= backStep) return way(peak, start, (step - peakStep) / (backStep - peakStep));
  return lastStep > backStep ? way(start, end, (step - backStep) / (lastStep - backStep)) : end;
}

export const oneCycle = scheduleKind("oneCycle", {
  fields: {
    maxLearningRate: positive,
    warmUp: optional(fraction, 0.3),
    divisor: optional(positive, 25),
    finalDivisor: optional(positive, 1e4),
    anneal: optional(oneOf("cosine", "linear"), "cosine"),
    threePhase: optional(flag, false),
    momentum: optional(
      either(object({ base: optional(belowOne, 0.85), max: optional(belowOne, 0.95) }), off),
      {
        base: 0.85,
        max: 0.95,
      },
    ),
  },
  learningRate(schedule, position) {
    const start = schedule.maxLearningRate / schedule.divisor;
    return cycle(schedule, position, {
      start,
      peak: schedule.maxLearningRate,
      end: start / schedule.finalDivisor,
    });
  },
  momentum(schedule, position) {
    const { momentum } = schedule;
    if (momentum === false) return position.momentum;
    const { base = 0.85, max = 0.95 } = momentum;
    return cycle(schedule, position, { start: max, peak: base, end: max });
  },
});
