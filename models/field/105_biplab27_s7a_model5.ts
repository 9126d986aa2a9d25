/**
 * Public entry: biplab27/S7A model5.
 *
 * Architecture and recipe as read from its source; see `source`, `claim` and `unclear`.
 *
 * @module
 */
import type { Iteration } from "../iteration.ts";
import { averagePool, batchNorm, conv, dropout, flatten, linear, maxPool, relu } from "../layers/mod.ts";

export const biplab27S7aModel5: Iteration = {
  id: 105,
  title: "biplab27/S7A model5",
  layers: [
    conv({ out: 6, kernel: 3, bias: false }), // [N,6,26,26]
    relu(),
    batchNorm(),
    dropout({ p: 0.1 }),
    conv({ out: 16, kernel: 3, bias: false }), // [N,16,24,24]
    batchNorm(),
    dropout({ p: 0.1 }),
    conv({ out: 20, kernel: 3, bias: false }), // [N,20,22,22]
    relu(),
    batchNorm(),
    dropout({ p: 0.1 }),
    maxPool({ size: 2 }), // [N,20,11,11]
    conv({ out: 6, kernel: 1, bias: false }), // [N,6,11,11]
    conv({ out: 16, kernel: 3, bias: false }), // [N,16,9,9]
    relu(),
    batchNorm(),
    dropout({ p: 0.1 }),
    conv({ out: 20, kernel: 3, padding: 1, bias: false }), // [N,20,9,9]
    relu(),
    batchNorm(),
    dropout({ p: 0.1 }),
    averagePool({ size: 6 }), // [N,20,1,1]
    flatten(), // [N,20]
    linear({ out: 10, bias: false }), // [N,10]
  ],
  parameters: 8_018,
  training: {
    epochs: 25,
    batchSize: 128,
    optimizer: { kind: "sgd", learningRate: 0.01, momentum: 0.9 },
    schedule: { kind: "constant" },
    augmentation: [{ kind: "rotate", degrees: 7, fill: 1 }],
    trainNormalization: { mean: 0.1307, deviation: 0.3081 },
    testNormalization: { mean: 0.1307, deviation: 0.3081 },
  },
  claim: {
    parameters: 8_018,
    bestTestAccuracy: 0.9929,
    epoch: 25,
    finalTestAccuracy: 0.9929,
    testAccuracies: [
      0.9227,
      0.9782,
      0.9689,
      0.9814,
      0.9841,
      0.9868,
      0.9859,
      0.9902,
      0.9891,
      0.9888,
      0.9896,
      0.991,
      0.9893,
      0.9903,
      0.9905,
      0.9907,
      0.9913,
      0.9909,
      0.9915,
      0.991,
      0.9917,
      0.9905,
      0.9926,
      0.9919,
      0.9929,
    ],
    trainAccuracies: [
      0.8444,
      0.9593,
      0.969,
      0.9729,
      0.9753,
      0.978,
      0.979,
      0.98,
      0.981,
      0.9823,
      0.9828,
      0.9824,
      0.9825,
      0.9839,
      0.9836,
      0.984,
      0.9853,
      0.9858,
      0.9856,
      0.985,
      0.986,
      0.9856,
      0.9869,
      0.9865,
      0.9867,
    ],
    comparable: false,
    note:
      "25 logged epochs, while the script says 15 in every commit; the log jumps by five and a half minutes between epochs 13 and 14 (counted from 0), so it is probably two runs joined.",
  },
  source: {
    repository: "biplab27/S7A",
    file: "train_test_model5.py, RESULTS.md",
    note: "README and RESULTS agree on 8,018 parameters and 99.29 %.",
  },
  unclear: [
    "The pool before the classifier is an average pool of 6x6 on a 9x9 map: it averages only the top-left 6x6 corner, it is not a global pool.",
    "The second conv has no activation.",
    "Epochs: 25 as logged; the script has 15.",
    "Batch size 128 holds with a GPU (64 without one); the logged number of batches an epoch confirms it.",
  ],
};
