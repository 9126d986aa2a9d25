/**
 * Iteration 3: five convolutions and global average pooling.
 *
 * Changes from `02_longer_training.ts`: a deeper and wider network, global average pooling instead of a large
 * linear layer, dropout of single elements after each stage instead of whole channels at the end.
 *
 * @module
 */
import type { Iteration } from "../iteration.ts";
import { batchNorm, conv, dropout, globalAveragePool, linear, maxPool, relu } from "../layers/mod.ts";

export const globalAveragePooling: Iteration = {
  id: 3,
  title: "Global average pooling",
  layers: [
    conv({ out: 16, kernel: 3, padding: 1 }), // [N,16,28,28]
    batchNorm(),
    relu(),
    conv({ out: 16, kernel: 3 }), // [N,16,26,26]
    batchNorm(),
    relu(),
    maxPool({ size: 2 }), // [N,16,13,13]
    dropout({ p: 0.1 }),
    conv({ out: 32, kernel: 3 }), // [N,32,11,11]
    batchNorm(),
    relu(),
    conv({ out: 32, kernel: 3 }), // [N,32,9,9]
    batchNorm(),
    relu(),
    maxPool({ size: 2 }), // [N,32,4,4]
    dropout({ p: 0.2 }),
    conv({ out: 32, kernel: 3 }), // [N,32,2,2]
    batchNorm(),
    relu(),
    dropout({ p: 0.3 }),
    globalAveragePool(), // [N,32]
    linear({ out: 10 }), // [N,10] logits
  ],
  parameters: 26_202, // trainable; asserted when the model is built
  training: {
    epochs: 20,
    batchSize: 128,
    optimizer: { kind: "adam", learningRate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
    schedule: { kind: "step", epochs: 15, factor: 0.1 },
    augmentation: [{ kind: "centerCropResize", p: 0.1, size: 22 }, { kind: "rotate", degrees: 15 }],
    trainNormalization: { mean: 0.1307, deviation: 0.3081 },
    testNormalization: { mean: 0.1407, deviation: 0.4081 },
  },
  claim: { parameters: 26_202, bestTestAccuracy: 0.9941, epoch: 11, firstTestAccuracy: 0.9857 },
};
