/**
 * Public entry: nitinranjansharma/EVA5B2 S5.
 *
 * Architecture and recipe as read from its source; see `source`, `claim` and `unclear`.
 *
 * @module
 */
import type { Iteration } from "../iteration.ts";
import { batchNorm, conv, globalAveragePool, linear, maxPool, relu } from "../layers/mod.ts";

export const nitinranjansharmaEva5b2S5: Iteration = {
  id: 118,
  title: "nitinranjansharma/EVA5B2 S5",
  layers: [
    conv({ out: 10, kernel: 3, bias: false }), // [N,10,26,26]
    relu(),
    batchNorm(),
    conv({ out: 16, kernel: 3, bias: false }), // [N,16,24,24]
    relu(),
    batchNorm(),
    conv({ out: 10, kernel: 1, bias: false }), // [N,10,24,24]
    batchNorm(),
    relu(),
    maxPool({ size: 2 }), // [N,10,12,12]
    conv({ out: 10, kernel: 3, bias: false }), // [N,10,10,10]
    relu(),
    batchNorm(),
    conv({ out: 32, kernel: 1, bias: false }), // [N,32,10,10]
    batchNorm(),
    relu(),
    conv({ out: 10, kernel: 1, bias: false }), // [N,10,10,10]
    relu(),
    batchNorm(),
    conv({ out: 10, kernel: 3, bias: false }), // [N,10,8,8]
    relu(),
    batchNorm(),
    conv({ out: 32, kernel: 1, bias: false }), // [N,32,8,8]
    batchNorm(),
    relu(),
    conv({ out: 10, kernel: 1, bias: false }), // [N,10,8,8]
    relu(),
    batchNorm(),
    conv({ out: 14, kernel: 3, bias: false }), // [N,14,6,6]
    relu(),
    batchNorm(),
    conv({ out: 16, kernel: 3, bias: false }), // [N,16,4,4]
    relu(),
    batchNorm(),
    globalAveragePool(), // [N,16]
    linear({ out: 10, bias: false }), // [N,10]
  ],
  parameters: 8_546,
  training: {
    epochs: 15,
    batchSize: 128,
    optimizer: { kind: "sgd", learningRate: 0.01, momentum: 0.9 },
    schedule: { kind: "step", epochs: 6, factor: 0.5 },
    augmentation: [{ kind: "colorJitter", brightness: 0.1, contrast: 0.1 }, {
      kind: "rotate",
      degrees: 9,
      fill: 1,
    }],
    trainNormalization: { mean: 0.1307, deviation: 0.3081 },
    testNormalization: { mean: 0.1307, deviation: 0.3081 },
  },
  claim: {
    parameters: 8_546,
    bestTestAccuracy: 0.9941,
    epoch: 13,
    finalTestAccuracy: 0.994,
    trainAccuracies: [
      0.8832,
      0.9774,
      0.9827,
      0.9846,
      0.9864,
      0.9883,
      0.9899,
      0.9901,
      0.9909,
      0.9906,
      0.9911,
      0.9921,
      0.9925,
      0.9934,
      0.9931,
    ],
    testAccuracies: [
      0.9835,
      0.9829,
      0.9877,
      0.9841,
      0.992,
      0.9896,
      0.9926,
      0.9937,
      0.9924,
      0.9939,
      0.9935,
      0.994,
      0.9941,
      0.9937,
      0.994,
    ],
  },
  source: {
    repository: "nitinranjansharma/EVA5B2",
    file: "s5/EVA4S5F9_Final.ipynb",
  },
  unclear: [
    "The pool comes after the first 1x1 block, not before it.",
    "A dropout module (0.1) is declared and never called.",
    "Saturation and hue of the jitter do nothing on a one-channel image.",
    "Batch size 128 holds with a GPU (64 without one); the logged number of batches an epoch confirms it.",
  ],
};
