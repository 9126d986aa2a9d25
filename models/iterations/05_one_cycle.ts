/**
 * Iteration 5: fewer channels, SGD with a one-cycle schedule.
 *
 * Changes from `04_matched_normalization.ts`: 20-28-36-48 channels instead of 20-32-48-64; SGD and OneCycleLR
 * instead of Adam; milder augmentation; the last dropout after the global average pool.
 * The first deep iteration inside the challenge's 20,000 parameters.
 *
 * @module
 */
import type { Iteration } from "../iteration.ts";
import { batchNorm, conv, dropout, globalAveragePool, linear, maxPool, relu } from "../layers/mod.ts";

export const oneCycle: Iteration = {
  id: 5,
  title: "One cycle",
  layers: [
    conv({ out: 16, kernel: 3, padding: 1 }), // [N,16,28,28]
    batchNorm(),
    relu(),
    conv({ out: 20, kernel: 3 }), // [N,20,26,26]
    batchNorm(),
    relu(),
    maxPool({ size: 2 }), // [N,20,13,13]
    dropout({ p: 0.05 }),
    conv({ out: 28, kernel: 3 }), // [N,28,11,11]
    batchNorm(),
    relu(),
    conv({ out: 36, kernel: 3 }), // [N,36,9,9]
    batchNorm(),
    relu(),
    maxPool({ size: 2 }), // [N,36,4,4]
    dropout({ p: 0.1 }),
    conv({ out: 48, kernel: 1 }), // [N,48,4,4]
    batchNorm(),
    relu(),
    globalAveragePool(), // [N,48]
    dropout({ p: 0.15 }),
    linear({ out: 10 }), // [N,10] logits
  ],
  parameters: 19_798, // trainable; asserted when the model is built
  training: {
    epochs: 20,
    batchSize: 128,
    optimizer: { kind: "sgd", learningRate: 0.01, momentum: 0.9, weightDecay: 1e-4 },
    schedule: { kind: "oneCycle", maxLearningRate: 0.1, warmUp: 0.2 }, // stepped per batch
    augmentation: [{ kind: "rotate", degrees: 5 }, { kind: "translate", fraction: 0.05 }],
    trainNormalization: { mean: 0.1307, deviation: 0.3081 },
    testNormalization: { mean: 0.1307, deviation: 0.3081 },
  },
  claim: {
    parameters: 19_798,
    bestTestAccuracy: 0.9945,
    epoch: 16,
    perClass: { 0: 0.998, 1: 0.9974, 4: 0.9969, 5: 0.9899, 6: 0.9875 },
  },
};
