/**
 * Iteration 9: fewer than 1,500 parameters.
 *
 * Changes from `05_one_cycle.ts`: two thin 3×3 convolutions, then one pool and four depthwise and 1×1 pairs on maps that
 * stay 12×12, since depth is cheap there; hard-swish instead of ReLU. Batches of 32 and twice the rate, no dropout and no
 * weight decay: a network that cannot even learn its training images needs more steps and nothing that holds it back.
 *
 * @module
 */
import type { Iteration } from "../iteration.ts";
import { batchNorm, conv, globalAveragePool, hardSwish, linear, maxPool } from "../layers/mod.ts";

export const under1500: Iteration = {
  id: 9,
  title: "Under 1,500",
  layers: [
    conv({ out: 4, kernel: 3, bias: false }), // [N,4,26,26]
    batchNorm(),
    hardSwish(),
    conv({ out: 6, kernel: 3, bias: false }), // [N,6,24,24]
    batchNorm(),
    hardSwish(),
    maxPool({ size: 2 }), // [N,6,12,12]
    conv({ out: 6, kernel: 3, padding: 1, groups: 6, bias: false }), // [N,6,12,12]
    conv({ out: 11, kernel: 1, bias: false }), // [N,11,12,12]
    batchNorm(),
    hardSwish(),
    conv({ out: 11, kernel: 3, padding: 1, groups: 11, bias: false }), // [N,11,12,12]
    conv({ out: 12, kernel: 1, bias: false }), // [N,12,12,12]
    batchNorm(),
    hardSwish(),
    conv({ out: 12, kernel: 3, padding: 1, groups: 12, bias: false }), // [N,12,12,12]
    conv({ out: 12, kernel: 1, bias: false }), // [N,12,12,12]
    batchNorm(),
    hardSwish(),
    conv({ out: 12, kernel: 3, padding: 1, groups: 12, bias: false }), // [N,12,12,12]
    conv({ out: 14, kernel: 1, bias: false }), // [N,14,12,12]
    batchNorm(),
    hardSwish(),
    globalAveragePool(), // [N,14]
    linear({ out: 10 }), // [N,10] logits
  ],
  parameters: 1_399, // trainable; asserted when the model is built
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
