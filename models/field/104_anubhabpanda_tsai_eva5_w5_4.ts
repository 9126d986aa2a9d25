/**
 * Public entry: anubhabPanda/TSAI-EVA5 W5_4.
 *
 * Architecture and recipe as read from its source; see `source`, `claim` and `unclear`.
 *
 * @module
 */
import type { Iteration } from "../iteration.ts";
import { batchNorm, conv, dropout, globalAveragePool, linear, maxPool, relu } from "../layers/mod.ts";

export const anubhabpandaTsaiEva5W54: Iteration = {
  id: 104,
  title: "anubhabPanda/TSAI-EVA5 W5_4",
  layers: [
    conv({ out: 16, kernel: 3, padding: 1, bias: false }), // [N,16,28,28]
    batchNorm(),
    relu(),
    dropout({ p: 0.01 }),
    conv({ out: 24, kernel: 3, bias: false }), // [N,24,26,26]
    batchNorm(),
    relu(),
    dropout({ p: 0.01 }),
    maxPool({ size: 2 }), // [N,24,13,13]
    conv({ out: 8, kernel: 1, bias: false }), // [N,8,13,13]
    batchNorm(),
    relu(),
    dropout({ p: 0.01 }),
    conv({ out: 16, kernel: 3, bias: false }), // [N,16,11,11]
    batchNorm(),
    relu(),
    dropout({ p: 0.01 }),
    conv({ out: 16, kernel: 3, bias: false }), // [N,16,9,9]
    batchNorm(),
    relu(),
    dropout({ p: 0.01 }),
    conv({ out: 16, kernel: 3, bias: false }), // [N,16,7,7]
    batchNorm(),
    relu(),
    dropout({ p: 0.01 }),
    globalAveragePool(), // [N,16]
    linear({ out: 10, bias: false }), // [N,10]
  ],
  parameters: 9_904,
  training: {
    epochs: 15,
    batchSize: 32,
    optimizer: { kind: "sgd", learningRate: 0.01, momentum: 0.9 },
    schedule: { kind: "step", epochs: 5, factor: 0.1 },
    augmentation: [{ kind: "rotate", degrees: 10, fill: 1 }],
    trainNormalization: { mean: 0.1309, deviation: 0.3084 },
    testNormalization: { mean: 0.1309, deviation: 0.3084 },
  },
  claim: {
    parameters: 9_904,
    bestTestAccuracy: 0.9944,
    epoch: 15,
    finalTestAccuracy: 0.9944,
    trainAccuracies: [
      0.9149,
      0.9763,
      0.9804,
      0.9839,
      0.9841,
      0.9889,
      0.9891,
      0.9897,
      0.9902,
      0.9894,
      0.9902,
      0.9906,
      0.9902,
      0.9901,
      0.9908,
    ],
    testAccuracies: [
      0.9873,
      0.9877,
      0.9897,
      0.9867,
      0.9921,
      0.9941,
      0.9943,
      0.994,
      0.9937,
      0.9938,
      0.9943,
      0.9943,
      0.9942,
      0.9943,
      0.9944,
    ],
  },
  source: {
    repository: "anubhabPanda/TSAI-EVA5",
    file: "Week5/Step4.ipynb",
  },
  unclear: [
    "Batch size is 32 on a GPU (the log shows 1,875 batches), not 128.",
    "Normalization 0.1309/0.3084 (of train and test images together).",
  ],
};
