/**
 * How far two float32 engines may part.
 *
 * Engines that compute the same differ by rounding. A training carries that on: each update makes the difference
 * larger. A ReLU or a max-pool that falls the other way, one among a million with values a rounding error apart, moves
 * the gradients of all layers before it by up to 3e-3; what lies behind (the head: a last linear layer), the loss and the
 * statistics do not notice. Adam's first updates divide a gradient by its own size, so that one that is next to
 * nothing moves a weight as far as any other, and a flip in the first step is a tenth of the gradient in the second.
 *
 * Largest differences by step, of float32 (the CPU engine) from a float64 training by the definitions
 * (`tests/bench/crosscheck/measure_tolerances.ts`; iterations 1, 3 and 4 with Adam, 5 with SGD; batches of 8, six seeds, and of
 * 128, one seed), and of native TensorFlow from the CPU engine (batches of 128, four seeds):
 *
 * | | Adam 1 | 2 | 3 | 4 | SGD 1 | 2 | 3 | 4 | 5 |
 * | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
 * | loss, float64 | 2e-7 | 4e-6 | 7e-6 | 2e-4 | 1e-8 | 2e-8 | 2e-7 | 1e-7 | 5e-7 |
 * | loss, TensorFlow | 8e-8 | 8e-5 | 1e-4 | 1e-3 | 9e-8 | 5e-8 | 2e-7 | 3e-7 | 7e-7 |
 * | statistics, float64 | 6e-8 | 1e-5 | 3e-5 | 3e-4 | 4e-8 | 8e-8 | 5e-7 | 1e-6 | 3e-6 |
 * | statistics, TensorFlow | 3e-8 | 2e-4 | 3e-3 | 6e-3 | 2e-8 | 7e-8 | 5e-7 | 1e-6 | 3e-6 |
 * | body, float64 | 2e-5 | 6e-4 | 6e-2 | 0.26 | 2e-3 | 5e-3 | 3e-3 | 9e-3 | 1e-2 |
 * | body, TensorFlow | 3e-3 | 0.12 | 0.45 | 0.43 | 2e-3 | 5e-3 | 1e-2 | 1e-2 | 2e-2 |
 * | head, TensorFlow | 1e-6 | 5e-3 | 4e-2 | 6e-2 | 4e-7 | 2e-6 | 1e-5 | 3e-5 | 6e-5 |
 *
 * Other optimizers that divide a gradient by its size count as Adam.
 *
 * So the first step is the sharp one: a wrong forward pass moves loss, statistics and head by far more than 1e-5, a
 * wrong backward pass the body by far more than 5e-3 (the input gradient of a 1×1 convolution that
 * TensorFlow's oneDNN gets wrong: 0.2). The steps after it are there for the updates: a learning rate 5 % off is found in
 * the second step, which the tests hold.
 *
 * A flip counts for more where few elements are behind it: in batches of 12 (seed 0, TensorFlow beside the CPU engine), 34
 * of 36 public entries were at most 1.8e-5 apart in the first step, one 1.3e-3 and one 2.6e-2, as far as a change of its
 * weights by 3e-6 moves it in float64. Another seed, or the recipe's own batch, tells a flip from an error.
 *
 * @module
 */
import type { OptimizerName } from "../../models/recipe/optimizers/mod.ts";
import type { LayerDifference, StepDifference } from "./compare.ts";

/** Of the norm of all logits of the same weights in evaluation mode; float32 beside float64: 4.7e-7. */
export const LOGITS_TOLERANCE = 1e-5;

/** By step; the last holds for all that follow, and gradients that have none left are not judged. */
const BY_STEP = {
  adaptive: {
    loss: [1e-5, 1e-3, 1e-2, 5e-2, 0.1],
    runningStatistics: [1e-5, 1e-3, 1e-2, 5e-2, 0.1],
    head: [1e-5, 3e-2, 0.3],
    body: [5e-3, 0.5],
  },
  plain: {
    loss: [1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1],
    runningStatistics: [1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1],
    head: [1e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3],
    body: [5e-3, 1.5e-2, 5e-2, 0.15, 0.5],
  },
} as const;

/** Whether an optimizer divides a gradient by its own size. */
const FAMILIES: Readonly<Record<OptimizerName, keyof typeof BY_STEP>> = {
  sgd: "plain",
  adam: "adaptive",
  adamW: "adaptive",
  rmsProp: "adaptive",
  adadelta: "adaptive",
  adagrad: "adaptive",
};

/** What is allowed in a step; gradients where they are judged. */
export interface Allowed {
  readonly loss: number;
  readonly runningStatistics: number;
  /** Of linear layers with no kink behind them. */
  readonly head?: number;
  /** Of all other layers. */
  readonly body?: number;
}

/** What two engines' trainings may differ by in a step, counted from 1. */
export function allowed(step: number, optimizer: OptimizerName): Allowed {
  const { loss, runningStatistics, head, body } = BY_STEP[FAMILIES[optimizer]];
  const lasting = (limits: readonly number[]) => limits[Math.min(step, limits.length) - 1];
  return {
    loss: lasting(loss),
    runningStatistics: lasting(runningStatistics),
    head: head[step - 1],
    body: body[step - 1],
  };
}

/** Which of the tolerances a layer's gradients have. */
export const toleranceOf = ({ isHead }: LayerDifference): "head" | "body" => isHead ? "head" : "body";

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
  optimizer: OptimizerName,
): Excess | undefined {
  for (const { step, loss, gradients, runningStatistics } of steps) {
    const limits = allowed(step, optimizer);
    const judged = [
      { what: "loss", difference: loss, allowed: limits.loss },
      // backward from the last layer on: that is where a wrong gradient comes from
      ...gradients.toReversed().map((each) => ({
        what: `gradient of ${each.layer}`,
        difference: each.difference,
        allowed: limits[toleranceOf(each)] ?? Infinity,
      })),
      { what: "running statistics", difference: runningStatistics, allowed: limits.runningStatistics },
    ];
    const excess = judged.find(({ difference, allowed }) => !(difference <= allowed));
    if (excess) return { step, ...excess };
  }
}
