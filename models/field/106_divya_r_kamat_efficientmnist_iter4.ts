/**
 * Public entry: divya-r-kamat/EfficientMnist Iter4.
 *
 * Architecture and recipe as read from its source; see `source`, `claim` and `unclear`.
 *
 * @module
 */
import type { Iteration } from "../iteration.ts";
import { batchNorm, conv, flatten, linear, maxPool, relu } from "../layers/mod.ts";

export const divyaRKamatEfficientmnistIter4: Iteration = {
  id: 106,
  title: "divya-r-kamat/EfficientMnist Iter4",
  layers: [
    conv({ out: 8, kernel: 3 }), // [N,8,26,26]
    batchNorm(),
    relu(),
    conv({ out: 10, kernel: 3 }), // [N,10,24,24]
    batchNorm(),
    relu(),
    conv({ out: 16, kernel: 3 }), // [N,16,22,22]
    batchNorm(),
    relu(),
    conv({ out: 8, kernel: 1 }), // [N,8,22,22]
    batchNorm(),
    relu(),
    maxPool({ size: 2 }), // [N,8,11,11]
    conv({ out: 10, kernel: 3 }), // [N,10,9,9]
    batchNorm(),
    relu(),
    conv({ out: 16, kernel: 3 }), // [N,16,7,7]
    batchNorm(),
    relu(),
    conv({ out: 28, kernel: 3 }), // [N,28,5,5]
    relu(),
    flatten(), // [N,700]
    linear({ out: 10 }), // [N,10]
  ],
  parameters: 15_794,
  training: {
    epochs: 20,
    batchSize: 128,
    optimizer: { kind: "adam", learningRate: 0.001 },
    schedule: { kind: "step", epochs: 15, factor: 0.1 },
    augmentation: [{ kind: "centerCropResize", size: 22, p: 0.1 }, { kind: "rotate", degrees: 15 }],
    trainNormalization: { mean: 0.1307, deviation: 0.3081 },
    testNormalization: { mean: 0.1307, deviation: 0.3081 },
  },
  claim: {
    parameters: 15_794,
    bestTestAccuracy: 0.9959,
    epoch: 20,
    finalTestAccuracy: 0.9959,
    trainAccuracies: [
      0.9165,
      0.9742,
      0.9797,
      0.983,
      0.9838,
      0.9853,
      0.9869,
      0.9877,
      0.9881,
      0.9887,
      0.9888,
      0.99,
      0.9904,
      0.9905,
      0.9908,
      0.9935,
      0.9942,
      0.9939,
      0.9945,
      0.9944,
    ],
    testAccuracies: [
      0.98,
      0.9863,
      0.9877,
      0.9858,
      0.9905,
      0.992,
      0.991,
      0.9926,
      0.9917,
      0.9927,
      0.9926,
      0.9934,
      0.9942,
      0.9925,
      0.9934,
      0.995,
      0.995,
      0.9952,
      0.9955,
      0.9959,
    ],
  },
  source: {
    repository: "divya-r-kamat/EfficientMnist-Under20K",
    file: "EfficientMnistNN_Iter4.ipynb",
  },
  unclear: [
    "No norm before the last relu.",
    "No separate validation split: the accuracies are on the 10,000 test images after every epoch and the best epoch was picked by them.",
  ],
};
