/**
 * Public entry: karthikmohan1702/EVA6 S5_4.
 *
 * Architecture and recipe as read from its source; see `source`, `claim` and `unclear`.
 *
 * @module
 */
import type { Iteration } from "../iteration.ts";
import { batchNorm, conv, dropout, globalAveragePool, linear, maxPool, relu } from "../layers/mod.ts";

export const karthikmohan1702Eva6S54: Iteration = {
  id: 115,
  title: "karthikmohan1702/EVA6 S5_4",
  layers: [
    conv({ out: 12, kernel: 3, bias: false }), // [N,12,26,26]
    batchNorm(),
    relu(),
    dropout({ p: 0.1 }),
    conv({ out: 12, kernel: 3, bias: false }), // [N,12,24,24]
    batchNorm(),
    relu(),
    dropout({ p: 0.1 }),
    maxPool({ size: 2 }), // [N,12,12,12]
    conv({ out: 24, kernel: 3, bias: false }), // [N,24,10,10]
    batchNorm(),
    relu(),
    dropout({ p: 0.1 }),
    conv({ out: 12, kernel: 1, bias: false }), // [N,12,10,10]
    batchNorm(),
    relu(),
    dropout({ p: 0.1 }),
    conv({ out: 12, kernel: 3, bias: false }), // [N,12,8,8]
    batchNorm(),
    relu(),
    dropout({ p: 0.1 }),
    conv({ out: 12, kernel: 3, bias: false }), // [N,12,6,6]
    batchNorm(),
    relu(),
    dropout({ p: 0.1 }),
    conv({ out: 24, kernel: 3, bias: false }), // [N,24,4,4]
    batchNorm(),
    relu(),
    dropout({ p: 0.1 }),
    globalAveragePool(), // [N,24]
    linear({ out: 10, bias: false }), // [N,10]
  ],
  parameters: 9_924,
  training: {
    epochs: 15,
    batchSize: 128,
    optimizer: { kind: "sgd", learningRate: 0.05, momentum: 0.9 },
    schedule: { kind: "step", epochs: 5, factor: 0.1 },
    augmentation: [{ kind: "rotate", degrees: 6, fill: 1 }],
    trainNormalization: { mean: 0.1307, deviation: 0.3081 },
    testNormalization: { mean: 0.1307, deviation: 0.3081 },
  },
  claim: {
    parameters: 9_924,
    bestTestAccuracy: 0.9945,
    epoch: 10,
    finalTestAccuracy: 0.9943,
    trainAccuracies: [
      0.9173,
      0.9786,
      0.9814,
      0.9849,
      0.9856,
      0.9886,
      0.9891,
      0.9892,
      0.9896,
      0.9896,
      0.99,
      0.9905,
      0.9906,
      0.9905,
      0.9906,
    ],
    testAccuracies: [
      0.9787,
      0.9908,
      0.9929,
      0.9902,
      0.9924,
      0.9933,
      0.9936,
      0.994,
      0.994,
      0.9945,
      0.9945,
      0.9944,
      0.9943,
      0.9943,
      0.9943,
    ],
  },
  source: {
    repository: "karthikmohan1702/EVA6",
    file: "S5_CodingDrill/4_Image_augmentation_LR.ipynb",
  },
  unclear: [
    "Batch size 128 holds with a GPU (64 without one); the logged number of batches an epoch confirms it.",
  ],
};
