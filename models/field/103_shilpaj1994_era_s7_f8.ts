/**
 * Public entry: Shilpaj1994/ERA S7_F8.
 *
 * Architecture and recipe as read from its source; see `source`, `claim` and `unclear`.
 *
 * @module
 */
import type { Iteration } from "../iteration.ts";
import { batchNorm, conv, globalAveragePool, linear, maxPool, relu } from "../layers/mod.ts";

export const shilpaj1994EraS7F8: Iteration = {
  id: 103,
  title: "Shilpaj1994/ERA S7_F8",
  layers: [
    conv({ out: 10, kernel: 3, bias: false }), // [N,10,26,26]
    batchNorm(),
    relu(),
    conv({ out: 10, kernel: 3, bias: false }), // [N,10,24,24]
    batchNorm(),
    relu(),
    conv({ out: 10, kernel: 3, bias: false }), // [N,10,22,22]
    batchNorm(),
    relu(),
    conv({ out: 10, kernel: 3, bias: false }), // [N,10,20,20]
    batchNorm(),
    conv({ out: 10, kernel: 1, bias: false }), // [N,10,20,20]
    batchNorm(),
    maxPool({ size: 2 }), // [N,10,10,10]
    conv({ out: 14, kernel: 3, bias: false }), // [N,14,8,8]
    batchNorm(),
    relu(),
    conv({ out: 14, kernel: 3, bias: false }), // [N,14,6,6]
    batchNorm(),
    relu(),
    conv({ out: 13, kernel: 3, bias: false }), // [N,13,4,4]
    batchNorm(),
    globalAveragePool(), // [N,13]
    linear({ out: 10, bias: false }), // [N,10]
    batchNorm(),
  ],
  parameters: 7_884,
  training: {
    epochs: 15,
    batchSize: 64,
    optimizer: { kind: "sgd", learningRate: 0.01, momentum: 0.9 },
    schedule: { kind: "oneCycle", maxLearningRate: 0.01 },
    augmentation: [{ kind: "resizedCrop", scale: [0.85, 1] }, { kind: "rotate", degrees: 7 }],
    trainNormalization: { mean: 0.1307, deviation: 0.3081 },
    testNormalization: { mean: 0.1325, deviation: 0.3104 },
  },
  claim: {
    parameters: 7_884,
    bestTestAccuracy: 0.9944,
    epoch: 10,
    finalTestAccuracy: 0.9944,
    trainAccuracies: [
      0.8796,
      0.9612,
      0.9703,
      0.9748,
      0.9769,
      0.9792,
      0.981,
      0.9823,
      0.9823,
      0.9845,
      0.9848,
      0.9865,
      0.9881,
      0.9888,
      0.9887,
    ],
    testAccuracies: [
      0.9778,
      0.9859,
      0.9892,
      0.9881,
      0.9891,
      0.9906,
      0.9919,
      0.9922,
      0.9916,
      0.9944,
      0.9938,
      0.9936,
      0.9943,
      0.9943,
      0.9944,
    ],
  },
  source: {
    repository: "Shilpaj1994/ERA",
    file: "Session7/F8.ipynb",
    note:
      "No relu after the fourth 3x3 conv, after the 1x1 conv before the pool, nor after the last 3x3 conv; the 1x1 classifier behind the pool is followed by a norm.",
  },
  unclear: [
    "The crop and the rotation work on float tensors in [0,1] (the conversion comes first), so nothing is rounded to uint8 in between and the rotation samples by grid, not by PIL.",
    "Training normalization 0.1307/0.3081, test normalization 0.1325/0.3104.",
    "The schedule's steps an epoch are written as the number 938, which is the real number of batches at size 64.",
    "The last batch of an epoch has 32 images; the final norm sees [N,10] after the pool (a 2-d norm on a 1x1 map in the source).",
  ],
};
