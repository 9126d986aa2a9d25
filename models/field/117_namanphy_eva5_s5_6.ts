/**
 * Public entry: namanphy/EVA5 S5_6.
 *
 * Architecture and recipe as read from its source; see `source`, `claim` and `unclear`.
 *
 * @module
 */
import type { Iteration } from "../iteration.ts";
import { batchNorm, conv, dropout, globalAveragePool, maxPool, relu } from "../layers/mod.ts";

export const namanphyEva5S56: Iteration = {
  id: 117,
  title: "namanphy/EVA5 S5_6",
  layers: [
    conv({ out: 10, kernel: 3, bias: false }), // [N,10,26,26]
    batchNorm(),
    relu(),
    dropout({ p: 0.02 }),
    conv({ out: 10, kernel: 3, bias: false }), // [N,10,24,24]
    batchNorm(),
    relu(),
    dropout({ p: 0.02 }),
    maxPool({ size: 2 }), // [N,10,12,12]
    conv({ out: 16, kernel: 3, bias: false }), // [N,16,10,10]
    batchNorm(),
    relu(),
    dropout({ p: 0.02 }),
    conv({ out: 16, kernel: 3, bias: false }), // [N,16,8,8]
    batchNorm(),
    relu(),
    dropout({ p: 0.02 }),
    maxPool({ size: 2 }), // [N,16,4,4]
    conv({ out: 10, kernel: 3, bias: false }), // [N,10,2,2]
    batchNorm(),
    relu(),
    dropout({ p: 0.02 }),
    conv({ out: 10, kernel: 1, bias: false }), // [N,10,2,2]
    globalAveragePool(), // [N,10]
  ],
  parameters: 6_398,
  training: {
    epochs: 15,
    batchSize: 64,
    optimizer: { kind: "sgd", learningRate: 0.01, momentum: 0.9 },
    schedule: { kind: "step", epochs: 5, factor: 0.15 },
    augmentation: [{ kind: "rotate", degrees: 6, fill: 1 }],
    trainNormalization: { mean: 0.1307, deviation: 0.3081 },
    testNormalization: { mean: 0.1307, deviation: 0.3081 },
  },
  claim: {
    parameters: 6_398,
    bestTestAccuracy: 0.9949,
    epoch: 10,
    finalTestAccuracy: 0.9942,
    trainAccuracies: [
      0.9269,
      0.9816,
      0.9857,
      0.9872,
      0.9874,
      0.9911,
      0.9916,
      0.9921,
      0.9921,
      0.9916,
      0.9924,
      0.992,
      0.9927,
      0.9932,
      0.9926,
    ],
    testAccuracies: [
      0.9849,
      0.9891,
      0.9907,
      0.9921,
      0.9906,
      0.9936,
      0.9938,
      0.9935,
      0.994,
      0.9949,
      0.9942,
      0.9946,
      0.9945,
      0.9945,
      0.9942,
    ],
  },
  source: {
    repository: "namanphy/EVA5",
    file: "S5/eva_session5 - iter 6.ipynb",
  },
  unclear: [
    "The log-softmax has no axis given; it is the classes for two-dimensional input.",
  ],
};
