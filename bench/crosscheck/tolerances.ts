/**
 * How far two float32 engines may part.
 *
 * Engines that compute the same differ by rounding. A training carries that on: each update makes the difference
 * larger, ReLU and max-pool turn some of it into jumps, and Adam divides a gradient by its own size, so that one that is
 * next to nothing moves a weight as far as any other.
 *
 * TEXT
 *
 * @module
 */
import type { Optimizer } from "../../models/types.ts";
import type { StepDifference } from "./compare.ts";

/** Of the norm of all logits of the same weights in evaluation mode; float32 beside float64: 4.7e-7. */
export const LOGITS_TOLERANCE = 1e-5;

/** Tolerances of the first step, all relative. */
const FIRST = { loss: 1e-5, runningStatistics: 1e-5, linear: 1e-5, convolution: 5e-3 } as const;
/** By which they grow from step to step. */
const GROWTH = {
  adam: { loss: 8, runningStatistics: 8, linear: 20, convolution: 10 },
  sgd: { loss: 3, runningStatistics: 3, linear: 4, convolution: 3 },
} as const;
/** A loss that is 10 % off is another loss, whatever the step. */
const MOST = 0.1;
/** A gradient that may be off by more may as well be another. */
const MOST_GRADIENT = 0.5;

/** What is allowed in a step; gradients where they are judged. */
export interface Allowed {
  readonly loss: number;
  readonly runningStatistics: number;
  readonly linear?: number;
  readonly convolution?: number;
}

/** What two engines' trainings may differ by in a step, counted from 1. */
export function allowed(step: number, optimizer: Optimizer["kind"]): Allowed {
  const grown = (what: keyof typeof FIRST) => {
    let value: number = FIRST[what];
    for (let i = 1; i < step && value < 1; i++) value *= GROWTH[optimizer][what];
    return value;
  };
  const gradient = (what: "linear" | "convolution") => grown(what) > MOST_GRADIENT ? undefined : grown(what);
  return {
    loss: Math.min(MOST, grown("loss")),
    runningStatistics: Math.min(MOST, grown("runningStatistics")),
    linear: gradient("linear"),
    convolution: gradient("convolution"),
  };
}

/** Which of the tolerances a layer's gradients have. */
export function kindOf(layer: string): "linear" | "convolution" {
  return layer.startsWith("fc") ? "linear" : "convolution";
}

/** What was too much. */
export interface Excess {
  /** 1-based. */
  readonly step: number;
  readonly what: string;
  readonly difference: number;
  readonly allowed: number;
}

/** The first thing in the first step that is beyond tolerance. A difference that is no number is. */
export function firstExcess(
  steps: readonly StepDifference[],
  optimizer: Optimizer["kind"],
): Excess | undefined {
  for (const { step, loss, gradients, runningStatistics } of steps) {
    const limits = allowed(step, optimizer);
    const judged = [
      { what: "loss", difference: loss, allowed: limits.loss },
      ...gradients.map(({ layer, difference }) => ({
        what: `gradient of ${layer}`,
        difference,
        allowed: limits[kindOf(layer)] ?? Infinity,
      })),
      { what: "running statistics", difference: runningStatistics, allowed: limits.runningStatistics },
    ];
    const excess = judged.find(({ difference, allowed }) => !(difference <= allowed));
    if (excess) return { step, ...excess };
  }
}
