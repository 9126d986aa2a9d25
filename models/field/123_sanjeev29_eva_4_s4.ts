/**
 * Public entry: sanjeev29/EVA-4 S4.
 *
 * Architecture and recipe as read from its source; see `source`, `claim` and `unclear`.
 *
 * @module
 */
import type { Iteration } from "../iteration.ts";
import { batchNorm, channelDropout, conv, globalAveragePool, maxPool, relu } from "../layers/mod.ts";

export const sanjeev29Eva4S4: Iteration = {
  id: 123,
  title: "sanjeev29/EVA-4 S4",
  layers: [
    conv({ out: 16, kernel: 3 }), // [N,16,26,26]
    relu(),
    batchNorm(),
    channelDropout({ p: 0.15 }),
    conv({ out: 16, kernel: 3 }), // [N,16,24,24]
    relu(),
    batchNorm(),
    channelDropout({ p: 0.15 }),
    conv({ out: 16, kernel: 3 }), // [N,16,22,22]
    relu(),
    batchNorm(),
    maxPool({ size: 2 }), // [N,16,11,11]
    conv({ out: 16, kernel: 3 }), // [N,16,9,9]
    relu(),
    batchNorm(),
    channelDropout({ p: 0.15 }),
    conv({ out: 16, kernel: 3 }), // [N,16,7,7]
    relu(),
    batchNorm(),
    channelDropout({ p: 0.15 }),
    conv({ out: 16, kernel: 3 }), // [N,16,5,5]
    relu(),
    batchNorm(),
    channelDropout({ p: 0.15 }),
    conv({ out: 10, kernel: 3 }), // [N,10,3,3]
    globalAveragePool(), // [N,10]
  ],
  parameters: 13_402,
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
    parameters: 13_402,
    bestTestAccuracy: 0.9946,
    epoch: 15,
    finalTestAccuracy: 0.9946,
    testAccuracies: [
      0.9835,
      0.9873,
      0.9883,
      0.9901,
      0.9914,
      0.9927,
      0.9923,
      0.9924,
      0.9925,
      0.9933,
      0.9932,
      0.9933,
      0.9936,
      0.9935,
      0.9946,
    ],
  },
  source: {
    repository: "sanjeev29/EVA-4",
    file: "S4/s4.ipynb",
  },
  unclear: [
    "The log-softmax has no axis given; it is the classes for two-dimensional input.",
  ],
};
