/**
 * Public entry: kurchi1205/ERA-S7 M3.
 *
 * Architecture and recipe as read from its source; see `source`, `claim` and `unclear`.
 *
 * @module
 */
import type { Iteration } from "../iteration.ts";
import { batchNorm, conv, dropout, globalAveragePool, maxPool, relu } from "../layers/mod.ts";

export const kurchi1205EraS7M3: Iteration = {
  id: 127,
  title: "kurchi1205/ERA-S7 M3",
  layers: [
    conv({ out: 10, kernel: 3, padding: 1, bias: false }), // [N,10,28,28]
    batchNorm(),
    relu(),
    dropout({ p: 0.02 }),
    conv({ out: 20, kernel: 3, padding: 1, bias: false }), // [N,20,28,28]
    batchNorm(),
    relu(),
    dropout({ p: 0.02 }),
    maxPool({ size: 2 }), // [N,20,14,14]
    conv({ out: 10, kernel: 1, bias: false }), // [N,10,14,14]
    batchNorm(),
    relu(),
    conv({ out: 20, kernel: 3, bias: false }), // [N,20,12,12]
    batchNorm(),
    dropout({ p: 0.02 }),
    maxPool({ size: 2 }), // [N,20,6,6]
    conv({ out: 10, kernel: 1, bias: false }), // [N,10,6,6]
    batchNorm(),
    relu(),
    conv({ out: 20, kernel: 3, bias: false }), // [N,20,4,4]
    batchNorm(),
    relu(),
    dropout({ p: 0.02 }),
    conv({ out: 10, kernel: 3, bias: false }), // [N,10,2,2]
    globalAveragePool(), // [N,10]
  ],
  parameters: 7_870,
  training: {
    epochs: 15,
    batchSize: 128,
    optimizer: { kind: "sgd", learningRate: 0.01, momentum: 0.9 },
    schedule: { kind: "step", epochs: 8, factor: 0.1 },
    augmentation: [{ kind: "rotate", degrees: 7, fill: 1 }],
    trainNormalization: { mean: 0.1307, deviation: 0.3081 },
    testNormalization: { mean: 0.1307, deviation: 0.3081 },
  },
  claim: {
    parameters: 7_870,
    bestTestAccuracy: 0.9932,
    epoch: 14,
    finalTestAccuracy: 0.9931,
    trainAccuracies: [
      0.9222,
      0.9784,
      0.9825,
      0.9847,
      0.986,
      0.987,
      0.9885,
      0.9882,
      0.9916,
      0.9922,
      0.9916,
      0.9925,
      0.9925,
      0.9927,
      0.9925,
    ],
    testAccuracies: [
      0.9739,
      0.9765,
      0.9876,
      0.9876,
      0.9886,
      0.9892,
      0.9895,
      0.9915,
      0.9921,
      0.9918,
      0.9929,
      0.9931,
      0.9929,
      0.9932,
      0.9931,
    ],
  },
  source: {
    repository: "kurchi1205/ERA-Session-7-Assignment",
    file: "src/model_3_train.ipynb, src/model.py, src/data.py",
  },
  unclear: [
    "No activation after the conv in front of the second pool.",
    "Batch size 128 holds with a GPU (64 without one); the logged number of batches an epoch confirms it.",
  ],
};
