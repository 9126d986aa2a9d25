/**
 * Iteration 8: the challenge with fewer than 3,000 parameters.
 *
 * Changes from `05_one_cycle.ts`: two thin 3×3 convolutions, then one pool and four depthwise and 1×1 pairs on maps that
 * stay 12×12, since depth is cheap there; hard-swish instead of ReLU. Batches of 32 and twice the rate, no dropout and no
 * weight decay: so few weights need more steps, and nothing that holds them back.
 *
 * @module
 */
import type { Iteration } from "../iteration.ts";
import { batchNorm, conv, globalAveragePool, hardSwish, linear, maxPool } from "../layers/mod.ts";

export const under3000: Iteration = {
  id: 8,
  title: "Under 3,000",
  layers: [
    conv({ out: 6, kernel: 3, bias: false }), // [N,6,26,26]
    batchNorm(),
    hardSwish(),
    conv({ out: 8, kernel: 3, bias: false }), // [N,8,24,24]
    batchNorm(),
    hardSwish(),
    maxPool({ size: 2 }), // [N,8,12,12]
    conv({ out: 8, kernel: 3, padding: 1, groups: 8, bias: false }), // [N,8,12,12]
    conv({ out: 18, kernel: 1, bias: false }), // [N,18,12,12]
    batchNorm(),
    hardSwish(),
    conv({ out: 18, kernel: 3, padding: 1, groups: 18, bias: false }), // [N,18,12,12]
    conv({ out: 20, kernel: 1, bias: false }), // [N,20,12,12]
    batchNorm(),
    hardSwish(),
    conv({ out: 20, kernel: 3, padding: 1, groups: 20, bias: false }), // [N,20,12,12]
    conv({ out: 20, kernel: 1, bias: false }), // [N,20,12,12]
    batchNorm(),
    hardSwish(),
    conv({ out: 20, kernel: 3, padding: 1, groups: 20, bias: false }), // [N,20,12,12]
    conv({ out: 24, kernel: 1, bias: false }), // [N,24,12,12]
    batchNorm(),
    hardSwish(),
    globalAveragePool(), // [N,24]
    linear({ out: 10 }), // [N,10] logits
  ],
  parameters: 2_906, // trainable; asserted when the model is built
  training: {
    epochs: 20,
    batchSize: 32,
    optimizer: { kind: "sgd", learningRate: 0.01, momentum: 0.9 },
    schedule: { kind: "oneCycle", maxLearningRate: 0.2, warmUp: 0.2 }, // stepped per batch
    augmentation: [{ kind: "rotate", degrees: 5 }, { kind: "translate", fraction: 0.05 }],
    trainNormalization: { mean: 0.1307, deviation: 0.3081 },
    testNormalization: { mean: 0.1307, deviation: 0.3081 },
  },
};
