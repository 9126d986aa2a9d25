/**
 * Public entry: raghunadh-eva/eva6 S5_RF.
 *
 * Architecture and recipe as read from its source; see `source`, `claim` and `unclear`.
 *
 * @module
 */
import type { Iteration } from "../iteration.ts";
import { batchNorm, conv, dropout, globalAveragePool, linear, maxPool, relu } from "../layers/mod.ts";

export const raghunadhEvaEva6S5Rf: Iteration = {
  id: 120,
  title: "raghunadh-eva/eva6 S5_RF",
  layers: [
    conv({ out: 10, kernel: 3, bias: false }), // [N,10,26,26]
    relu(),
    batchNorm(),
    dropout({ p: 0.05 }),
    conv({ out: 18, kernel: 3, bias: false }), // [N,18,24,24]
    relu(),
    batchNorm(),
    dropout({ p: 0.05 }),
    conv({ out: 10, kernel: 1, bias: false }), // [N,10,24,24]
    maxPool({ size: 2 }), // [N,10,12,12]
    conv({ out: 16, kernel: 3, bias: false }), // [N,16,10,10]
    relu(),
    batchNorm(),
    dropout({ p: 0.05 }),
    conv({ out: 20, kernel: 3, bias: false }), // [N,20,8,8]
    relu(),
    batchNorm(),
    dropout({ p: 0.05 }),
    conv({ out: 10, kernel: 1, bias: false }), // [N,10,8,8]
    conv({ out: 32, kernel: 3, bias: false }), // [N,32,6,6]
    relu(),
    batchNorm(),
    globalAveragePool(), // [N,32]
    linear({ out: 10, bias: false }), // [N,10]
  ],
  parameters: 9_802,
  training: {
    epochs: 15,
    batchSize: 128,
    optimizer: { kind: "sgd", learningRate: 0.01, momentum: 0.9 },
    schedule: { kind: "constant" },
    augmentation: [{ kind: "rotate", degrees: 7, fill: 33 }],
    trainNormalization: { mean: 0.1307, deviation: 0.3081 },
    testNormalization: { mean: 0.1307, deviation: 0.3081 },
  },
  claim: {
    parameters: 9_802,
    bestTestAccuracy: 0.9947,
    epoch: 14,
    finalTestAccuracy: 0.9932,
    trainAccuracies: [
      0.8739,
      0.976,
      0.9819,
      0.9845,
      0.9857,
      0.9875,
      0.9881,
      0.989,
      0.9896,
      0.9899,
      0.9903,
      0.9909,
      0.991,
      0.9912,
      0.991,
    ],
    testAccuracies: [
      0.9762,
      0.9843,
      0.9885,
      0.9896,
      0.99,
      0.9915,
      0.992,
      0.9925,
      0.9915,
      0.994,
      0.9929,
      0.9934,
      0.9934,
      0.9947,
      0.9932,
    ],
  },
  source: {
    repository: "raghunadh-eva/eva6",
    file: "S5_ASSIGNMENT/CODE3_CAPACITY_V1_RF.ipynb",
  },
  unclear: [
    "The rotation is the LAST transform, after the normalization: its fill 0 is the mean grey, 0.1307*255 = 33.3285 in uint8 units (33 is the nearest integer; the exact value 0 after the normalization lies between).",
    "Batch size 128 holds with a GPU (64 without one); the logged number of batches an epoch confirms it.",
  ],
};
