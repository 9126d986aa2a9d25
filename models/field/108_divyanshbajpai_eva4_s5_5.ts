/**
 * Public entry: divyanshbajpai/EVA4 S5_5.
 *
 * Architecture and recipe as read from its source; see `source`, `claim` and `unclear`.
 *
 * @module
 */
import type { Iteration } from "../iteration.ts";
import { batchNorm, conv, dropout, globalAveragePool, linear, maxPool, relu } from "../layers/mod.ts";

export const divyanshbajpaiEva4S55: Iteration = {
  id: 108,
  title: "divyanshbajpai/EVA4 S5_5",
  layers: [
    conv({ out: 8, kernel: 3, bias: false }), // [N,8,26,26]
    relu(),
    batchNorm(),
    dropout({ p: 0.1 }),
    conv({ out: 16, kernel: 3, bias: false }), // [N,16,24,24]
    relu(),
    batchNorm(),
    dropout({ p: 0.1 }),
    conv({ out: 8, kernel: 1, bias: false }), // [N,8,24,24]
    maxPool({ size: 2 }), // [N,8,12,12]
    conv({ out: 16, kernel: 3, bias: false }), // [N,16,10,10]
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
    conv({ out: 16, kernel: 3, padding: 1, bias: false }), // [N,16,6,6]
    relu(),
    batchNorm(),
    dropout({ p: 0.1 }),
    globalAveragePool(), // [N,16]
    linear({ out: 10, bias: false }), // [N,10]
  ],
  parameters: 9_752,
  training: {
    epochs: 16,
    batchSize: 128,
    optimizer: { kind: "sgd", learningRate: 0.02, momentum: 0.9 },
    schedule: { kind: "multiStep", epochs: [11], factor: 0.25 },
    augmentation: [{ kind: "rotate", degrees: 7, fill: 1 }],
    trainNormalization: { mean: 0.1307, deviation: 0.3081 },
    testNormalization: { mean: 0.1307, deviation: 0.3081 },
  },
  claim: {
    parameters: 9_752,
    bestTestAccuracy: 0.9944,
    epoch: 11,
    finalTestAccuracy: 0.9933,
    trainAccuracies: [
      0.9058,
      0.9763,
      0.9807,
      0.9832,
      0.9853,
      0.9869,
      0.9869,
      0.9877,
      0.9887,
      0.9883,
      0.9889,
      0.9912,
      0.992,
      0.9911,
      0.9915,
      0.9918,
    ],
    testAccuracies: [
      0.9745,
      0.9852,
      0.9885,
      0.987,
      0.9903,
      0.9918,
      0.9917,
      0.9903,
      0.9915,
      0.9923,
      0.9944,
      0.9942,
      0.9942,
      0.9942,
      0.994,
      0.9933,
    ],
  },
  source: {
    repository: "divyanshbajpai/EVA4-Coursework",
    file: "Assignment-5/S5-5th.ipynb",
  },
  unclear: [
    "There is no scheduler: two optimizers exist, learning rate 0.02 for the first 11 epochs and 0.005 for the last 5. The second one starts with an empty momentum buffer at epoch 12, which a multi-step schedule does not do.",
    "Batch size 128 holds with a GPU (64 without one); the logged number of batches an epoch confirms it.",
  ],
};
