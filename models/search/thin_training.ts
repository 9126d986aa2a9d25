/**
 * How thin networks are trained where a search has no other idea.
 *
 * @module
 */
import { oneCycle } from "../iterations/05_one_cycle.ts";
import type { Training } from "../iteration.ts";
import type { Augmentation } from "../recipe/augmentations/mod.ts";
import type { Changes } from "./space.ts";

/** Iteration 5's training in batches of 32, with twice the rate and without decay, as thin networks liked it. */
export const SMALL_BATCHES: Training = {
  ...oneCycle.training,
  batchSize: 32,
  schedule: { kind: "oneCycle", maxLearningRate: 0.2, warmUp: 0.2 },
  optimizer: { kind: "sgd", learningRate: 0.01, momentum: 0.9 },
};

/** The same for those below 1,000 parameters, as iteration 10 is trained: with decay, and shifts alone. */
export const SHIFTS_AND_DECAY: Training = {
  ...SMALL_BATCHES,
  optimizer: { kind: "sgd", learningRate: 0.01, momentum: 0.9, weightDecay: 1e-4 },
  augmentation: [{ kind: "translate", fraction: 0.05 }],
};

const augmented = (...augmentation: readonly Augmentation[]) => ({ training: { augmentation } });

/** Other augmentations than iteration 5's rotation by 5 degrees and shift by 0.05, each stronger than it. */
export const STRONGER_AUGMENTATIONS = {
  "affine, bilinear": augmented({
    kind: "affine",
    degrees: 10,
    translate: 0.1,
    scale: [0.9, 1.1],
    shear: 5,
    interpolation: "bilinear",
  }),
  "elastic and shift": augmented(
    { kind: "elastic", alpha: 40, sigma: 4 },
    { kind: "translate", fraction: 0.05 },
  ),
  "rotation by 10 and shift by 0.1": augmented(
    { kind: "rotate", degrees: 10 },
    { kind: "translate", fraction: 0.1 },
  ),
} satisfies Changes;
