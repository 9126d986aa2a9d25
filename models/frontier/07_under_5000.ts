/**
 * Iteration 7: fewer than 5,000 parameters.
 *
 * Changes from `05_one_cycle.ts`: two thin convolutions, then four pairs of a depthwise and a 1×1 convolution on maps that
 * stay 12×12, and hard-swish instead of ReLU. Batches of 32 and twice the rate, no dropout and no weight decay: so few
 * weights need more steps, and nothing that holds them back but images that are turned, moved, scaled and sheared more.
 *
 * @module
 */
import type { Iteration } from "../iteration.ts";
import { batchNorm, conv, globalAveragePool, hardSwish, linear, maxPool } from "../layers/mod.ts";

export const under5000: Iteration = {
  id: 7,
  title: "Under 5,000",
  layers: [
    conv({ out: 8, kernel: 3, bias: false }), // [N,8,26,26]
    batchNorm(),
    hardSwish(),
    conv({ out: 11, kernel: 3, bias: false }), // [N,11,24,24]
    batchNorm(),
    hardSwish(),
    maxPool({ size: 2 }), // [N,11,12,12]
    conv({ out: 11, kernel: 3, padding: 1, groups: 11, bias: false }), // [N,11,12,12]
    conv({ out: 24, kernel: 1, bias: false }), // [N,24,12,12]
    batchNorm(),
    hardSwish(),
    conv({ out: 24, kernel: 3, padding: 1, groups: 24, bias: false }), // [N,24,12,12]
    conv({ out: 28, kernel: 1, bias: false }), // [N,28,12,12]
    batchNorm(),
    hardSwish(),
    conv({ out: 28, kernel: 3, padding: 1, groups: 28, bias: false }), // [N,28,12,12]
    conv({ out: 28, kernel: 1, bias: false }), // [N,28,12,12]
    batchNorm(),
    hardSwish(),
    conv({ out: 28, kernel: 3, padding: 1, groups: 28, bias: false }), // [N,28,12,12]
    conv({ out: 32, kernel: 1, bias: false }), // [N,32,12,12]
    batchNorm(),
    hardSwish(),
    globalAveragePool(), // [N,32]
    linear({ out: 10 }), // [N,10] logits
  ],
  parameters: 4_891, // trainable; asserted when the model is built
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
