/**
 * Public entry: woncoh1/era1 S6_P2.
 *
 * Architecture and recipe as read from its source; see `source`, `claim` and `unclear`.
 *
 * @module
 */
import type { Iteration } from "../iteration.ts";
import { batchNorm, conv, globalAveragePool, maxPool, relu } from "../layers/mod.ts";

export const woncoh1Era1S6: Iteration = {
  id: 126,
  title: "woncoh1/era1 S6_P2",
  layers: [
    conv({ out: 8, kernel: 3, bias: false }), // [N,8,26,26]
    relu(),
    batchNorm(),
    conv({ out: 16, kernel: 3, bias: false }), // [N,16,24,24]
    relu(),
    batchNorm(),
    conv({ out: 16, kernel: 3, bias: false }), // [N,16,22,22]
    relu(),
    batchNorm(),
    maxPool({ size: 2 }), // [N,16,11,11]
    conv({ out: 8, kernel: 1, bias: false }), // [N,8,11,11]
    relu(),
    batchNorm(),
    conv({ out: 16, kernel: 3, bias: false }), // [N,16,9,9]
    relu(),
    batchNorm(),
    conv({ out: 16, kernel: 3, bias: false }), // [N,16,7,7]
    relu(),
    batchNorm(),
    conv({ out: 16, kernel: 3, bias: false }), // [N,16,5,5]
    relu(),
    batchNorm(),
    conv({ out: 10, kernel: 1, bias: false }), // [N,10,5,5]
    globalAveragePool(), // [N,10]
  ],
  parameters: 9_768,
  training: {
    epochs: 19,
    batchSize: 128,
    optimizer: { kind: "sgd", learningRate: 0.25, momentum: 0.9 },
    schedule: { kind: "step", epochs: 10, factor: 0.1 },
    augmentation: [{ kind: "centerCropResize", size: 22, p: 0.1 }, { kind: "rotate", degrees: 15 }],
    trainNormalization: { mean: 0.1307, deviation: 0.3081 },
    testNormalization: { mean: 0.1307, deviation: 0.3081 },
  },
  claim: {
    parameters: 9_768,
    bestTestAccuracy: 0.996,
    epoch: 18,
    finalTestAccuracy: 0.9957,
    trainAccuracies: [
      0.9401,
      0.9778,
      0.9825,
      0.9838,
      0.9858,
      0.9855,
      0.9869,
      0.987,
      0.9881,
      0.9884,
      0.9917,
      0.9922,
      0.9925,
      0.9924,
      0.9925,
      0.993,
      0.9926,
      0.993,
      0.9931,
    ],
    testAccuracies: [
      0.9846,
      0.9895,
      0.9902,
      0.992,
      0.9925,
      0.9894,
      0.9928,
      0.9926,
      0.9916,
      0.9931,
      0.9946,
      0.9949,
      0.9957,
      0.9957,
      0.9957,
      0.9957,
      0.9957,
      0.996,
      0.9957,
    ],
  },
  source: {
    repository: "woncoh1/era1",
    file: "S6/P2/A6.ipynb",
    note: "In the transition the pool comes first, then the 1x1 conv, relu, norm.",
  },
  unclear: [
    "Channel dropout with p 0 stands behind every norm and is left out here.",
    "The learning rate really is 0.25.",
  ],
};
