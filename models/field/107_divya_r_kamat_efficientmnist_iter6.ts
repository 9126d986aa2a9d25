/**
 * Public entry: divya-r-kamat/EfficientMnist Iter6.
 *
 * Architecture and recipe as read from its source; see `source`, `claim` and `unclear`.
 *
 * @module
 */
import type { Iteration } from "../iteration.ts";
import { batchNorm, conv, globalAveragePool, linear, maxPool, relu } from "../layers/mod.ts";

export const divyaRKamatEfficientmnistIter6: Iteration = {
  id: 107,
  title: "divya-r-kamat/EfficientMnist Iter6",
  layers: [
    conv({ out: 8, kernel: 3 }), // [N,8,26,26]
    batchNorm(),
    relu(),
    conv({ out: 16, kernel: 3 }), // [N,16,24,24]
    batchNorm(),
    relu(),
    conv({ out: 28, kernel: 3 }), // [N,28,22,22]
    batchNorm(),
    relu(),
    conv({ out: 8, kernel: 1 }), // [N,8,22,22]
    batchNorm(),
    relu(),
    maxPool({ size: 2 }), // [N,8,11,11]
    conv({ out: 16, kernel: 3 }), // [N,16,9,9]
    batchNorm(),
    relu(),
    conv({ out: 16, kernel: 3 }), // [N,16,7,7]
    batchNorm(),
    relu(),
    conv({ out: 28, kernel: 3 }), // [N,28,5,5]
    relu(),
    globalAveragePool(), // [N,28]
    linear({ out: 10 }), // [N,10]
  ],
  parameters: 13_562,
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
    parameters: 13_562,
    bestTestAccuracy: 0.9953,
    epoch: 19,
    finalTestAccuracy: 0.995,
    trainAccuracies: [
      0.8658,
      0.9725,
      0.9778,
      0.9814,
      0.982,
      0.984,
      0.9847,
      0.9848,
      0.9861,
      0.9868,
      0.9877,
      0.9877,
      0.9881,
      0.9886,
      0.9882,
      0.9915,
      0.992,
      0.9921,
      0.9925,
      0.9925,
    ],
    testAccuracies: [
      0.9762,
      0.9827,
      0.9864,
      0.9886,
      0.9917,
      0.9916,
      0.9914,
      0.9911,
      0.9904,
      0.9921,
      0.993,
      0.9914,
      0.9933,
      0.9939,
      0.993,
      0.9952,
      0.9952,
      0.995,
      0.9953,
      0.995,
    ],
  },
  source: {
    repository: "divya-r-kamat/EfficientMnist-Under20K",
    file: "EfficientMnistNN_Iter6.ipynb",
  },
  unclear: [
    "No norm before the last relu.",
    "No separate validation split: the accuracies are on the 10,000 test images after every epoch and the best epoch was picked by them.",
  ],
};
