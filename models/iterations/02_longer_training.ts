/**
 * Iteration 2: the baseline trained for 20 epochs.
 *
 * Changes from `01_baseline.ts`: 20 epochs instead of 5, so that the learning rate drops after epoch 15. The first
 * five epochs are those of iteration 1, bit for bit.
 *
 * @module
 */
import type { Iteration } from "../iteration.ts";
import { batchNorm, channelDropout, conv, flatten, linear, maxPool, relu } from "../layers/mod.ts";

export const longerTraining: Iteration = {
  id: 2,
  title: "Longer training",
  layers: [
    conv({ out: 10, kernel: 3 }), // [N,10,26,26]
    batchNorm(),
    relu(),
    conv({ out: 20, kernel: 3 }), // [N,20,24,24]
    batchNorm(),
    relu(),
    maxPool({ size: 2 }), // [N,20,12,12]
    maxPool({ size: 2 }), // [N,20,6,6]
    channelDropout({ p: 0.25 }),
    flatten(), // [N,720]
    linear({ out: 10 }), // [N,10] logits
  ],
  parameters: 9_190, // trainable; asserted when the model is built
  training: {
    epochs: 20,
    batchSize: 128,
    optimizer: { kind: "adam", learningRate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
    schedule: { kind: "step", epochs: 15, factor: 0.1 },
    augmentation: [{ kind: "centerCropResize", p: 0.1, size: 22 }, { kind: "rotate", degrees: 15 }],
    trainNormalization: { mean: 0.1307, deviation: 0.3081 },
    testNormalization: { mean: 0.1407, deviation: 0.4081 },
  },
  claim: { parameters: 9_190, bestTestAccuracy: 0.9906, epoch: 19, firstTestAccuracy: 0.9635 },
};
