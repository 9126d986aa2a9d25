/**
 * Iteration 6: fewer than 8,000 parameters.
 *
 * Changes from `07_under_5000.ts`: wider, and a second pool between the pairs as in `11_under_20000.ts`, which costs fewer
 * multiply-adds than a network of one pool and was no less accurate on held-out images.
 *
 * @module
 */
import type { Iteration } from "../iteration.ts";
import { batchNorm, conv, globalAveragePool, hardSwish, linear, maxPool } from "../layers/mod.ts";

export const under8000: Iteration = {
  id: 6,
  title: "Under 8,000",
  layers: [
    conv({ out: 9, kernel: 3, bias: false }), // [N,9,26,26]
    batchNorm(),
    hardSwish(),
    conv({ out: 14, kernel: 3, bias: false }), // [N,14,24,24]
    batchNorm(),
    hardSwish(),
    maxPool({ size: 2 }), // [N,14,12,12]
    conv({ out: 14, kernel: 3, padding: 1, groups: 14, bias: false }), // [N,14,12,12]
    conv({ out: 32, kernel: 1, bias: false }), // [N,32,12,12]
    batchNorm(),
    hardSwish(),
    conv({ out: 32, kernel: 3, padding: 1, groups: 32, bias: false }), // [N,32,12,12]
    conv({ out: 34, kernel: 1, bias: false }), // [N,34,12,12]
    batchNorm(),
    hardSwish(),
    maxPool({ size: 2 }), // [N,34,6,6]
    conv({ out: 34, kernel: 3, padding: 1, groups: 34, bias: false }), // [N,34,6,6]
    conv({ out: 40, kernel: 1, bias: false }), // [N,40,6,6]
    batchNorm(),
    hardSwish(),
    conv({ out: 40, kernel: 3, padding: 1, groups: 40, bias: false }), // [N,40,6,6]
    conv({ out: 44, kernel: 1, bias: false }), // [N,44,6,6]
    batchNorm(),
    hardSwish(),
    globalAveragePool(), // [N,44]
    linear({ out: 10 }), // [N,10] logits
  ],
  parameters: 7_747, // trainable; asserted when the model is built
  training: {
    epochs: 20,
    batchSize: 32,
    optimizer: { kind: "sgd", learningRate: 0.01, momentum: 0.9 },
    schedule: { kind: "oneCycle", maxLearningRate: 0.2, warmUp: 0.2 }, // stepped per batch
    augmentation: [{
      kind: "affine",
      degrees: 10,
      translate: 0.1,
      scale: [0.9, 1.1],
      shear: 5,
      interpolation: "bilinear",
    }],
    trainNormalization: { mean: 0.1307, deviation: 0.3081 },
    testNormalization: { mean: 0.1307, deviation: 0.3081 },
  },
};
