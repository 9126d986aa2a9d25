/**
 * Public entry: shubhamk16/Deep_Learning A5_v5.
 *
 * Architecture and recipe as read from its source; see `source`, `claim` and `unclear`.
 *
 * @module
 */
import type { Iteration } from "../iteration.ts";
import { batchNorm, conv, dropout, globalAveragePool, linear, maxPool, relu } from "../layers/mod.ts";

export const shubhamk16DeepLearningA5V5: Iteration = {
  id: 125,
  title: "shubhamk16/Deep_Learning A5_v5",
  layers: [
    conv({ out: 8, kernel: 3, bias: false }), // [N,8,26,26]
    relu(),
    batchNorm(),
    dropout({ p: 0.1 }),
    conv({ out: 12, kernel: 3, bias: false }), // [N,12,24,24]
    relu(),
    batchNorm(),
    dropout({ p: 0.1 }),
    conv({ out: 10, kernel: 1, bias: false }), // [N,10,24,24]
    maxPool({ size: 2 }), // [N,10,12,12]
    conv({ out: 12, kernel: 3, bias: false }), // [N,12,10,10]
    relu(),
    batchNorm(),
    dropout({ p: 0.1 }),
    conv({ out: 16, kernel: 3, bias: false }), // [N,16,8,8]
    relu(),
    batchNorm(),
    dropout({ p: 0.1 }),
    conv({ out: 16, kernel: 3, bias: false }), // [N,16,6,6]
    relu(),
    batchNorm(),
    dropout({ p: 0.1 }),
    conv({ out: 20, kernel: 3, padding: 1, bias: false }), // [N,20,6,6]
    relu(),
    batchNorm(),
    dropout({ p: 0.1 }),
    globalAveragePool(), // [N,20]
    linear({ out: 10, bias: false }), // [N,10]
  ],
  parameters: 9_416,
  training: {
    epochs: 15,
    batchSize: 128,
    optimizer: { kind: "sgd", learningRate: 0.01, momentum: 0.9 },
    schedule: { kind: "constant" },
    augmentation: [{ kind: "rotate", degrees: 3, fill: 1 }],
    trainNormalization: { mean: 0.1307, deviation: 0.3081 },
    testNormalization: { mean: 0.1307, deviation: 0.3081 },
  },
  claim: {
    parameters: 9_416,
    bestTestAccuracy: 0.994,
    epoch: 15,
    finalTestAccuracy: 0.994,
    trainAccuracies: [
      0.8732,
      0.9764,
      0.982,
      0.9853,
      0.9858,
      0.988,
      0.9881,
      0.9884,
      0.9886,
      0.9894,
      0.9895,
      0.9896,
      0.9902,
      0.99,
      0.9904,
    ],
    testAccuracies: [
      0.9776,
      0.9854,
      0.9876,
      0.9872,
      0.9902,
      0.9904,
      0.992,
      0.9924,
      0.9915,
      0.9923,
      0.9928,
      0.9923,
      0.9911,
      0.9924,
      0.994,
    ],
  },
  source: {
    repository: "shubhamk16/Deep_Learning",
    file: "EVA_4.0/Assignment5/version5/version5.ipynb",
  },
  unclear: [
    "StepLR is imported but no scheduler is created.",
    "Batch size 128 holds with a GPU (64 without one); the logged number of batches an epoch confirms it.",
  ],
};
