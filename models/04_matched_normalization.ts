/**
 * Iteration 4: test images normalized like training images.
 *
 * Changes from `03_global_average_pooling.ts`: the test normalization matches the training one; 20-32-48-64
 * channels, the last convolution 1×1; less dropout. The published parameter count is that of iteration 3; this
 * architecture has 26,870.
 *
 * @module
 */
import type { Iteration } from "./types.ts";

export const matchedNormalization = {
  id: 4,
  title: "Matched normalization",
  layers: [
    { kind: "conv", out: 16, kernel: 3, padding: 1 }, // [N,16,28,28], batch norm and ReLU follow
    { kind: "conv", out: 20, kernel: 3 }, // [N,20,26,26]
    { kind: "maxPool", size: 2 }, // [N,20,13,13]
    { kind: "dropout", p: 0.05 },
    { kind: "conv", out: 32, kernel: 3 }, // [N,32,11,11]
    { kind: "conv", out: 48, kernel: 3 }, // [N,48,9,9]
    { kind: "maxPool", size: 2 }, // [N,48,4,4]
    { kind: "dropout", p: 0.1 },
    { kind: "conv", out: 64, kernel: 1 }, // [N,64,4,4]
    { kind: "dropout", p: 0.15 },
    { kind: "globalAveragePool" }, // [N,64]
    { kind: "linear", out: 10 }, // [N,10] logits
  ],
  parameters: 26_870, // trainable; asserted when the model is built
  training: {
    epochs: 20,
    batchSize: 128,
    optimizer: { kind: "adam", learningRate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
    schedule: { kind: "step", epochs: 15, factor: 0.1 },
    augmentation: [{ kind: "centerCropResize", p: 0.1, size: 22 }, { kind: "rotate", degrees: 15 }],
    trainNormalization: { mean: 0.1307, deviation: 0.3081 },
    testNormalization: { mean: 0.1307, deviation: 0.3081 },
  },
  criteria: { finalAccuracyFloor: 0.9936, shareReachingTarget: 0.5 },
  claim: { parameters: 26_202, bestTestAccuracy: 0.994, epoch: 16 },
} as const satisfies Iteration;
