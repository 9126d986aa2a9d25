/**
 * Public entry: rohansh-tty/EVA4 S5_5.
 *
 * Architecture and recipe as read from its source; see `source`, `claim` and `unclear`.
 *
 * @module
 */
import type { Iteration } from "../iteration.ts";
import { batchNorm, conv, dropout, globalAveragePool, linear, maxPool, relu } from "../layers/mod.ts";

export const rohanshTtyEva4S55: Iteration = {
  id: 121,
  title: "rohansh-tty/EVA4 S5_5",
  layers: [
    conv({ out: 8, kernel: 3, bias: false }), // [N,8,26,26]
    relu(),
    batchNorm(),
    conv({ out: 10, kernel: 3, bias: false }), // [N,10,24,24]
    relu(),
    batchNorm(),
    conv({ out: 10, kernel: 3, bias: false }), // [N,10,22,22]
    relu(),
    batchNorm(),
    maxPool({ size: 2 }), // [N,10,11,11]
    conv({ out: 16, kernel: 1, bias: false }), // [N,16,11,11]
    relu(),
    batchNorm(),
    conv({ out: 16, kernel: 3, bias: false }), // [N,16,9,9]
    relu(),
    batchNorm(),
    conv({ out: 16, kernel: 3, bias: false }), // [N,16,7,7]
    relu(),
    batchNorm(),
    dropout({ p: 0.1 }),
    conv({ out: 16, kernel: 3, bias: false }), // [N,16,5,5]
    relu(),
    batchNorm(),
    globalAveragePool(), // [N,16]
    linear({ out: 10, bias: false }), // [N,10]
  ],
  parameters: 9_108,
  training: {
    epochs: 15,
    batchSize: 128,
    optimizer: { kind: "sgd", learningRate: 0.01, momentum: 0.9 },
    schedule: { kind: "step", epochs: 7, factor: 0.3 },
    augmentation: [{ kind: "rotate", degrees: 7, fill: 1 }],
    trainNormalization: { mean: 0.1307, deviation: 0.3081 },
    testNormalization: { mean: 0.1307, deviation: 0.3081 },
  },
  claim: {
    parameters: 9_108,
    bestTestAccuracy: 0.9948,
    epoch: 15,
    finalTestAccuracy: 0.9948,
    trainAccuracies: [
      0.903,
      0.9806,
      0.9845,
      0.9862,
      0.9882,
      0.9889,
      0.9902,
      0.9919,
      0.9925,
      0.9929,
      0.9926,
      0.9933,
      0.9935,
      0.9937,
      0.994,
    ],
    testAccuracies: [
      0.9829,
      0.9892,
      0.9904,
      0.9901,
      0.9897,
      0.992,
      0.9923,
      0.9932,
      0.9931,
      0.994,
      0.9946,
      0.9938,
      0.9943,
      0.9938,
      0.9948,
    ],
  },
  source: {
    repository: "rohansh-tty/EVA4",
    file: "S5/S5_Assignment_Solution5.ipynb",
  },
  unclear: [
    "Dropout only once, after the sixth block.",
    "Batch size 128 holds with a GPU (64 without one); the logged number of batches an epoch confirms it.",
  ],
};
