/**
 * Iteration 8: the challenge with fewer than 3,000 parameters.
 *
 * Changes from `05_one_cycle.ts`: 6-6-8-10-12 channels in five 3×3 convolutions without bias, and no dropout, which has
 * little to prevent where so few weights see 60,000 images. All else of the recipe is iteration 5's.
 *
 * @module
 */
import type { Iteration } from "../iteration.ts";
import { batchNorm, conv, globalAveragePool, linear, maxPool, relu } from "../layers/mod.ts";

export const under3000: Iteration = {
  id: 8,
  title: "Under 3,000",
  layers: [
    conv({ out: 6, kernel: 3, padding: 1, bias: false }), // [N,6,28,28]
    batchNorm(),
    relu(),
    conv({ out: 6, kernel: 3, bias: false }), // [N,6,26,26]
    batchNorm(),
    relu(),
    maxPool({ size: 2 }), // [N,6,13,13]
    conv({ out: 8, kernel: 3, bias: false }), // [N,8,11,11]
    batchNorm(),
    relu(),
    conv({ out: 10, kernel: 3, bias: false }), // [N,10,9,9]
    batchNorm(),
    relu(),
    maxPool({ size: 2 }), // [N,10,4,4]
    conv({ out: 12, kernel: 3, bias: false }), // [N,12,2,2]
    batchNorm(),
    relu(),
    globalAveragePool(), // [N,12]
    linear({ out: 10 }), // [N,10] logits
  ],
  parameters: 2_824, // trainable; asserted when the model is built
  training: {
    epochs: 20,
    batchSize: 128,
    optimizer: { kind: "sgd", learningRate: 0.01, momentum: 0.9, weightDecay: 1e-4 },
    schedule: { kind: "oneCycle", maxLearningRate: 0.1, warmUp: 0.2 }, // stepped per batch
    augmentation: [{ kind: "rotate", degrees: 5 }, { kind: "translate", fraction: 0.05 }],
    trainNormalization: { mean: 0.1307, deviation: 0.3081 },
    testNormalization: { mean: 0.1307, deviation: 0.3081 },
  },
};
