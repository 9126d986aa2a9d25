/**
 * How thin networks are trained where a search has no other idea.
 *
 * @module
 */
import { oneCycle } from "../iterations/05_one_cycle.ts";
import type { Training } from "../iteration.ts";

/** Iteration 5's training in batches of 32, with twice the rate and without decay, as thin networks liked it. */
export const SMALL_BATCHES: Training = {
  ...oneCycle.training,
  batchSize: 32,
  schedule: { kind: "oneCycle", maxLearningRate: 0.2, warmUp: 0.2 },
  optimizer: { kind: "sgd", learningRate: 0.01, momentum: 0.9 },
};
