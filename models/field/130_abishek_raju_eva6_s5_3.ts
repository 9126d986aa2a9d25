/**
 * Public entry: abishek-raju/EVA6 S5_3.
 *
 * Architecture and recipe as read from its source; see `source`, `claim` and `unclear`.
 *
 * @module
 */
import type { Iteration } from "../iteration.ts";
import { batchNorm, conv, dropout, globalAveragePool, maxPool, relu } from "../layers/mod.ts";

export const abishekRajuEva6S53: Iteration = {
  id: 130,
  title: "abishek-raju/EVA6 S5_3",
  layers: [
    conv({ out: 8, kernel: 3 }), // [N,8,26,26]
    relu(),
    batchNorm(),
    dropout({ p: 0.01 }),
    conv({ out: 8, kernel: 3 }), // [N,8,24,24]
    relu(),
    batchNorm(),
    dropout({ p: 0.01 }),
    conv({ out: 16, kernel: 3 }), // [N,16,22,22]
    relu(),
    batchNorm(),
    dropout({ p: 0.01 }),
    conv({ out: 18, kernel: 3 }), // [N,18,20,20]
    relu(),
    batchNorm(),
    dropout({ p: 0.01 }),
    maxPool({ size: 2 }), // [N,18,10,10]
    conv({ out: 14, kernel: 3 }), // [N,14,8,8]
    relu(),
    batchNorm(),
    dropout({ p: 0.01 }),
    conv({ out: 14, kernel: 3 }), // [N,14,6,6]
    relu(),
    batchNorm(),
    dropout({ p: 0.01 }),
    conv({ out: 10, kernel: 1 }), // [N,10,6,6]
    relu(),
    batchNorm(),
    dropout({ p: 0.01 }),
    globalAveragePool(), // [N,10]
  ],
  parameters: 8_828,
  training: {
    epochs: 15,
    batchSize: 128,
    optimizer: { kind: "sgd", learningRate: 0.1, momentum: 0.9 },
    schedule: { kind: "step", epochs: 5, factor: 0.15 },
    augmentation: [{ kind: "rotate", degrees: 7, fill: 1 }],
    trainNormalization: { mean: 0.1307, deviation: 0.3081 },
    testNormalization: { mean: 0.1307, deviation: 0.3081 },
  },
  claim: {
    parameters: 8_828,
    bestTestAccuracy: 0.9949,
    epoch: 11,
    finalTestAccuracy: 0.9943,
    trainAccuracies: [
      0.9437,
      0.9793,
      0.9831,
      0.9857,
      0.9873,
      0.9902,
      0.9914,
      0.9917,
      0.9921,
      0.9919,
      0.9924,
      0.9924,
      0.9925,
      0.9925,
      0.9929,
    ],
    testAccuracies: [
      0.9763,
      0.9871,
      0.9882,
      0.9901,
      0.9907,
      0.9935,
      0.9945,
      0.9939,
      0.994,
      0.9942,
      0.9949,
      0.9945,
      0.9947,
      0.9943,
      0.9943,
    ],
  },
  source: {
    repository: "abishek-raju/EVA6",
    file: "Session5/EVAS5_iter3.ipynb",
  },
  unclear: [
    "Batch size is 128 (469 batches in the log).",
    "The printed losses divide by the number of batches less one; the accuracies are right.",
  ],
};
