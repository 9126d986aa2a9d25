/**
 * Iteration 11: fewer than 20,000 parameters.
 *
 * Changes from `07_under_5000.ts`: wider, and a second pool between the pairs, so that the wide ones are on small maps and
 * cost few multiply-adds.
 *
 * @module
 */
import type { Iteration } from "../iteration.ts";
import { batchNorm, conv, globalAveragePool, hardSwish, linear, maxPool } from "../layers/mod.ts";

export const under20000: Iteration = {
  id: 11,
  title: "Under 20,000",
  layers: [
    conv({ out: 12, kernel: 3, bias: false }), // [N,12,26,26]
    batchNorm(),
    hardSwish(),
    conv({ out: 18, kernel: 3, bias: false }), // [N,18,24,24]
    batchNorm(),
    hardSwish(),
    maxPool({ size: 2 }), // [N,18,12,12]
    conv({ out: 18, kernel: 3, padding: 1, groups: 18, bias: false }), // [N,18,12,12]
    conv({ out: 48, kernel: 1, bias: false }), // [N,48,12,12]
    batchNorm(),
    hardSwish(),
    conv({ out: 48, kernel: 3, padding: 1, groups: 48, bias: false }), // [N,48,12,12]
    conv({ out: 56, kernel: 1, bias: false }), // [N,56,12,12]
    batchNorm(),
    hardSwish(),
    maxPool({ size: 2 }), // [N,56,6,6]
    conv({ out: 56, kernel: 3, padding: 1, groups: 56, bias: false }), // [N,56,6,6]
    conv({ out: 72, kernel: 1, bias: false }), // [N,72,6,6]
    batchNorm(),
    hardSwish(),
    conv({ out: 72, kernel: 3, padding: 1, groups: 72, bias: false }), // [N,72,6,6]
    conv({ out: 80, kernel: 1, bias: false }), // [N,80,6,6]
    batchNorm(),
    hardSwish(),
    globalAveragePool(), // [N,80]
    linear({ out: 10 }), // [N,10] logits
  ],
  parameters: 18_524, // trainable; asserted when the model is built
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
