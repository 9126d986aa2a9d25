/**
 * Public entry: sanjeev29/EVA-4 S5_5.
 *
 * Architecture and recipe as read from its source; see `source`, `claim` and `unclear`.
 *
 * @module
 */
import type { Iteration } from "../iteration.ts";
import { batchNorm, conv, dropout, globalAveragePool, maxPool, relu } from "../layers/mod.ts";

export const sanjeev29Eva4S55: Iteration = {
  id: 124,
  title: "sanjeev29/EVA-4 S5_5",
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
    conv({ out: 16, kernel: 3 }), // [N,16,20,20]
    relu(),
    batchNorm(),
    dropout({ p: 0.01 }),
    maxPool({ size: 2 }), // [N,16,10,10]
    conv({ out: 16, kernel: 3 }), // [N,16,8,8]
    relu(),
    batchNorm(),
    dropout({ p: 0.01 }),
    conv({ out: 16, kernel: 3 }), // [N,16,6,6]
    relu(),
    batchNorm(),
    dropout({ p: 0.01 }),
    conv({ out: 10, kernel: 1 }), // [N,10,6,6]
    relu(),
    batchNorm(),
    dropout({ p: 0.01 }),
    globalAveragePool(), // [N,10]
  ],
  parameters: 9_142,
  training: {
    epochs: 15,
    batchSize: 64,
    optimizer: { kind: "sgd", learningRate: 0.01, momentum: 0.9 },
    schedule: { kind: "step", epochs: 5, factor: 0.5 },
    augmentation: [{ kind: "rotate", degrees: 15, fill: 1 }],
    trainNormalization: { mean: 0.1307, deviation: 0.3081 },
    testNormalization: { mean: 0.1307, deviation: 0.3081 },
  },
  claim: {
    parameters: 9_142,
    bestTestAccuracy: 0.9945,
    epoch: 10,
    finalTestAccuracy: 0.9942,
    testAccuracies: [
      0.985,
      0.9886,
      0.989,
      0.9879,
      0.9912,
      0.9929,
      0.9922,
      0.9929,
      0.993,
      0.9945,
      0.9941,
      0.9944,
      0.9942,
      0.9945,
      0.9942,
    ],
  },
  source: {
    repository: "sanjeev29/EVA-4",
    file: "S5/s5_f5.ipynb",
  },
  unclear: [
    "Another stored version of the notebook, with other test accuracies, builds a StepLR of 4 epochs and factor 0.5 and never steps it.",
    "Norm and dropout follow the last conv, directly before the average.",
  ],
};
