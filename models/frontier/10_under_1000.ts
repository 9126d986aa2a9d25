/**
 * Iteration 10: fewer than 1,000 parameters.
 *
 * Changes from `09_under_1500.ts`: one convolution before the pool and narrower pairs behind it. Shifts alone, without
 * rotation, which so small a network has no room to learn.
 *
 * @module
 */
import type { Iteration } from "../iteration.ts";
import { batchNorm, conv, globalAveragePool, hardSwish, linear, maxPool } from "../layers/mod.ts";

export const under1000: Iteration = {
  id: 10,
  title: "Under 1,000",
  layers: [
    conv({ out: 6, kernel: 3, bias: false }), // [N,6,26,26]
    batchNorm(),
    hardSwish(),
    maxPool({ size: 2 }), // [N,6,13,13]
    conv({ out: 6, kernel: 3, padding: 1, groups: 6, bias: false }), // [N,6,13,13]
    conv({ out: 10, kernel: 1, bias: false }), // [N,10,13,13]
    batchNorm(),
    hardSwish(),
    conv({ out: 10, kernel: 3, padding: 1, groups: 10, bias: false }), // [N,10,13,13]
    conv({ out: 10, kernel: 1, bias: false }), // [N,10,13,13]
    batchNorm(),
    hardSwish(),
    conv({ out: 10, kernel: 3, padding: 1, groups: 10, bias: false }), // [N,10,13,13]
    conv({ out: 10, kernel: 1, bias: false }), // [N,10,13,13]
    batchNorm(),
    hardSwish(),
    conv({ out: 10, kernel: 3, padding: 1, groups: 10, bias: false }), // [N,10,13,13]
    conv({ out: 12, kernel: 1, bias: false }), // [N,12,13,13]
    batchNorm(),
    hardSwish(),
    globalAveragePool(), // [N,12]
    linear({ out: 10 }), // [N,10] logits
  ],
  parameters: 984, // trainable; asserted when the model is built
  training: {
    epochs: 20,
    batchSize: 32,
    optimizer: { kind: "sgd", learningRate: 0.01, momentum: 0.9, weightDecay: 1e-4 },
    schedule: { kind: "oneCycle", maxLearningRate: 0.2, warmUp: 0.2 }, // stepped per batch
    augmentation: [{ kind: "translate", fraction: 0.05 }],
    trainNormalization: { mean: 0.1307, deviation: 0.3081 },
    testNormalization: { mean: 0.1307, deviation: 0.3081 },
  },
};
