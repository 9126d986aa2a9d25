/**
 * Public entry: gmshashank/pytorch_vision S2_4.
 *
 * Architecture and recipe as read from its source; see `source`, `claim` and `unclear`.
 *
 * @module
 */
import type { Iteration } from "../iteration.ts";
import { batchNorm, conv, dropout, globalAveragePool, linear, maxPool, relu } from "../layers/mod.ts";

export const gmshashankPytorchVisionS24: Iteration = {
  id: 110,
  title: "gmshashank/pytorch_vision S2_4",
  layers: [
    conv({ out: 16, kernel: 3, bias: false }), // [N,16,26,26]
    relu(),
    batchNorm(),
    dropout({ p: 0.05 }),
    conv({ out: 16, kernel: 3, bias: false }), // [N,16,24,24]
    relu(),
    batchNorm(),
    dropout({ p: 0.05 }),
    conv({ out: 16, kernel: 1, bias: false }), // [N,16,24,24]
    relu(),
    maxPool({ size: 2 }), // [N,16,12,12]
    conv({ out: 16, kernel: 3, bias: false }), // [N,16,10,10]
    relu(),
    batchNorm(),
    dropout({ p: 0.05 }),
    conv({ out: 16, kernel: 3, bias: false }), // [N,16,8,8]
    relu(),
    batchNorm(),
    dropout({ p: 0.05 }),
    conv({ out: 10, kernel: 3, bias: false }), // [N,10,6,6]
    relu(),
    batchNorm(),
    dropout({ p: 0.05 }),
    conv({ out: 10, kernel: 3, padding: 1, bias: false }), // [N,10,6,6]
    relu(),
    batchNorm(),
    dropout({ p: 0.05 }),
    globalAveragePool(), // [N,10]
    linear({ out: 10, bias: false }), // [N,10]
  ],
  parameters: 9_920,
  training: {
    epochs: 15,
    batchSize: 128,
    optimizer: { kind: "sgd", learningRate: 0.01, momentum: 0.9 },
    schedule: { kind: "constant" },
    augmentation: [],
    trainNormalization: { mean: 0.1307, deviation: 0.3081 },
    testNormalization: { mean: 0.1307, deviation: 0.3081 },
  },
  claim: {
    parameters: 9_920,
    bestTestAccuracy: 0.9942,
    epoch: 14,
    finalTestAccuracy: 0.9939,
    trainAccuracies: [
      0.8627,
      0.9799,
      0.984,
      0.9864,
      0.988,
      0.9889,
      0.9902,
      0.9905,
      0.9906,
      0.9917,
      0.9913,
      0.9918,
      0.9917,
      0.9928,
      0.9927,
    ],
    testAccuracies: [
      0.9805,
      0.9862,
      0.9871,
      0.9917,
      0.9911,
      0.9912,
      0.9934,
      0.9921,
      0.9931,
      0.9937,
      0.9929,
      0.9932,
      0.9927,
      0.9942,
      0.9939,
    ],
  },
  source: {
    repository: "gmshashank/pytorch_vision",
    file: "MNIST/Session2/4_Regularization(Batch_Normalization_Dropout=0_05).ipynb",
  },
  unclear: [
    "Batch size 128 holds with a GPU (64 without one); the logged number of batches an epoch confirms it.",
  ],
};
