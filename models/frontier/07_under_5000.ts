/**
 * Iteration 7: fewer than 5,000 parameters.
 *
 * Changes from `05_one_cycle.ts`: five thin 3×3 convolutions, wide early where maps are large, and hard-swish instead of
 * ReLU. Batches of 32 and twice the rate, no dropout and no weight decay: so few weights need more steps, and nothing that
 * holds them back.
 *
 * @module
 */
import type { Iteration } from "../iteration.ts";
import { batchNorm, conv, globalAveragePool, hardSwish, linear, maxPool } from "../layers/mod.ts";

export const under5000: Iteration = {
  id: 7,
  title: "Under 5,000",
  layers: [
    conv({ out: 7, kernel: 3, bias: false }), // [N,7,26,26]
    batchNorm(),
    hardSwish(),
    conv({ out: 11, kernel: 3, bias: false }), // [N,11,24,24]
    batchNorm(),
    hardSwish(),
    maxPool({ size: 2 }), // [N,11,12,12]
    conv({ out: 11, kernel: 3, bias: false }), // [N,11,10,10]
    batchNorm(),
    hardSwish(),
    conv({ out: 12, kernel: 3, bias: false }), // [N,12,8,8]
    batchNorm(),
    hardSwish(),
    maxPool({ size: 2 }), // [N,12,4,4]
    conv({ out: 15, kernel: 3, bias: false }), // [N,15,2,2]
    batchNorm(),
    hardSwish(),
    globalAveragePool(), // [N,15]
    linear({ out: 10 }), // [N,10] logits
  ],
  parameters: 4_925, // trainable; asserted when the model is built
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
