/**
 * Iteration 1: two small convolutions and a large linear layer, trained for five epochs.
 *
 * Test images are normalized with other constants than training images, as published; iteration 4 mends that.
 *
 * @module
 */
import type { Iteration } from "../iteration.ts";
import { batchNorm, channelDropout, conv, flatten, linear, maxPool, relu } from "../layers/mod.ts";

export const baseline: Iteration = {
  id: 1,
  title: "Baseline",
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
    epochs: 5,
    batchSize: 128,
    optimizer: { kind: "adam", learningRate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
    schedule: { kind: "step", epochs: 15, factor: 0.1 },
    augmentation: [{ kind: "centerCropResize", p: 0.1, size: 22 }, { kind: "rotate", degrees: 15 }],
    trainNormalization: { mean: 0.1307, deviation: 0.3081 },
    testNormalization: { mean: 0.1407, deviation: 0.4081 },
  },
  claim: {
    parameters: 9_190,
    bestTestAccuracy: 0.9890,
    epoch: 5,
    testAccuracies: [0.9787, 0.9827, 0.9859, 0.9815, 0.9890],
    trainAccuracies: [0.9091, 0.9625, 0.9675, 0.9695, 0.9708],
  },
};
