/**
 * Public entry: prachi735/EVA5 S5_F4.
 *
 * Architecture and recipe as read from its source; see `source`, `claim` and `unclear`.
 *
 * @module
 */
import type { Iteration } from "../iteration.ts";
import { batchNorm, conv, globalMaxPool, linear, maxPool, relu } from "../layers/mod.ts";

export const prachi735Eva5S5F4: Iteration = {
  id: 129,
  title: "prachi735/EVA5 S5_F4",
  layers: [
    conv({ out: 10, kernel: 3, bias: false }), // [N,10,26,26]
    relu(),
    batchNorm(),
    conv({ out: 10, kernel: 3, bias: false }), // [N,10,24,24]
    relu(),
    batchNorm(),
    conv({ out: 16, kernel: 3, bias: false }), // [N,16,22,22]
    relu(),
    batchNorm(),
    conv({ out: 10, kernel: 1, bias: false }), // [N,10,22,22]
    relu(),
    batchNorm(),
    maxPool({ size: 2 }), // [N,10,11,11]
    conv({ out: 10, kernel: 3, bias: false }), // [N,10,9,9]
    relu(),
    batchNorm(),
    conv({ out: 16, kernel: 3, bias: false }), // [N,16,7,7]
    relu(),
    batchNorm(),
    conv({ out: 16, kernel: 3, bias: false }), // [N,16,5,5]
    relu(),
    batchNorm(),
    conv({ out: 10, kernel: 1, bias: false }), // [N,10,5,5]
    relu(),
    batchNorm(),
    conv({ out: 10, kernel: 3, bias: false }), // [N,10,3,3]
    relu(),
    batchNorm(),
    globalMaxPool(), // [N,10]
    linear({ out: 10, bias: false }), // [N,10]
  ],
  parameters: 8_610,
  training: {
    epochs: 15,
    batchSize: 128,
    optimizer: { kind: "sgd", learningRate: 0.01, momentum: 0.9 },
    schedule: { kind: "constant" },
    augmentation: [{ kind: "rotate", degrees: 5, fill: 1 }],
    trainNormalization: { mean: 0.1307, deviation: 0.3081 },
    testNormalization: { mean: 0.1307, deviation: 0.3081 },
  },
  claim: {
    parameters: 8_610,
    trainAccuracies: [
      0.9178,
      0.9787,
      0.9832,
      0.9857,
      0.9875,
      0.9881,
      0.9893,
      0.9909,
      0.9911,
      0.9918,
      0.992,
      0.9928,
      0.9927,
      0.9938,
      0.9934,
    ],
    comparable: false,
    note:
      "What the notebook calls test set is the 60,000 TRAINING images without rotation; its accuracies are training accuracies (best 99.57, last 99.49). No accuracy on the test images is published.",
  },
  source: {
    repository: "prachi735/EVA5",
    file: "Session5/EVA5_S5_F4.ipynb",
  },
  unclear: [
    "Recipe complete; only the claim is worthless.",
    "Batch size 128 holds with a GPU (64 without one); the logged number of batches an epoch confirms it.",
  ],
};
