/**
 * Iteration 4: test images normalized like training images.
 *
 * Changes from `03_global_average_pooling.ts`: the test normalization matches the training one; 20-32-48-64
 * channels, the last convolution 1×1; less dropout. The published parameter count is that of iteration 3; this
 * architecture has 26,870.
 *
 * @module
 */
import type { Iteration } from "../iteration.ts";
import { batchNorm, conv, dropout, globalAveragePool, linear, maxPool, relu } from "../layers/mod.ts";

export const matchedNormalization: Iteration = {
  id: 4,
  title: "Matched normalization",
  layers: [
    conv({ out: 16, kernel: 3, padding: 1 }), // [N,16,28,28]
    batchNorm(),
    relu(),
    conv({ out: 20, kernel: 3 }), // [N,20,26,26]
    batchNorm(),
    relu(),
    maxPool({ size: 2 }), // [N,20,13,13]
    dropout({ p: 0.05 }),
    conv({ out: 32, kernel: 3 }), // [N,32,11,11]
    batchNorm(),
    relu(),
    conv({ out: 48, kernel: 3 }), // [N,48,9,9]
    batchNorm(),
    relu(),
    maxPool({ size: 2 }), // [N,48,4,4]
    dropout({ p: 0.1 }),
    conv({ out: 64, kernel: 1 }), // [N,64,4,4]
    batchNorm(),
    relu(),
    dropout({ p: 0.15 }),
    globalAveragePool(), // [N,64]
    linear({ out: 10 }), // [N,10] logits
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
  claim: { parameters: 26_202, bestTestAccuracy: 0.994, epoch: 16 },
};
