/**
 * Public entry: peeyushsinghal/EVA S5_4.
 *
 * Architecture and recipe as read from its source; see `source`, `claim` and `unclear`.
 *
 * @module
 */
import type { Iteration } from "../iteration.ts";
import { batchNorm, conv, dropout, globalAveragePool, maxPool, relu } from "../layers/mod.ts";

export const peeyushsinghalEvaS54: Iteration = {
  id: 119,
  title: "peeyushsinghal/EVA S5_4",
  layers: [
    conv({ out: 10, kernel: 3 }), // [N,10,26,26]
    relu(),
    batchNorm(),
    dropout({ p: 0.1 }),
    conv({ out: 10, kernel: 3 }), // [N,10,24,24]
    relu(),
    batchNorm(),
    dropout({ p: 0.1 }),
    conv({ out: 10, kernel: 3 }), // [N,10,22,22]
    relu(),
    batchNorm(),
    dropout({ p: 0.1 }),
    conv({ out: 10, kernel: 3 }), // [N,10,20,20]
    relu(),
    batchNorm(),
    dropout({ p: 0.1 }),
    conv({ out: 10, kernel: 3 }), // [N,10,18,18]
    relu(),
    batchNorm(),
    dropout({ p: 0.1 }),
    maxPool({ size: 2 }), // [N,10,9,9]
    conv({ out: 20, kernel: 3 }), // [N,20,7,7]
    relu(),
    batchNorm(),
    dropout({ p: 0.1 }),
    conv({ out: 20, kernel: 3 }), // [N,20,5,5]
    relu(),
    batchNorm(),
    dropout({ p: 0.1 }),
    conv({ out: 10, kernel: 1 }), // [N,10,5,5]
    relu(),
    batchNorm(),
    dropout({ p: 0.1 }),
    globalAveragePool(), // [N,10]
  ],
  parameters: 9_590,
  training: {
    epochs: 15,
    batchSize: 128,
    optimizer: { kind: "sgd", learningRate: 0.01, momentum: 0.9 },
    schedule: { kind: "constant" },
    augmentation: [{ kind: "rotate", degrees: 7, fill: 1 }],
    trainNormalization: { mean: 0.1307, deviation: 0.3081 },
    testNormalization: { mean: 0.1307, deviation: 0.3081 },
  },
  claim: {
    parameters: 9_590,
    bestTestAccuracy: 0.9929,
    epoch: 15,
    finalTestAccuracy: 0.9929,
    testAccuracies: [
      0.9732,
      0.9807,
      0.9833,
      0.9867,
      0.9901,
      0.9893,
      0.9907,
      0.9897,
      0.9901,
      0.9908,
      0.9919,
      0.9916,
      0.9905,
      0.9926,
      0.9929,
    ],
  },
  source: {
    repository: "peeyushsinghal/EVA",
    file: "S5-Assignment Solution/EVA_S5_Exp4.ipynb",
    unusedSchedule: { kind: "step", epochs: 7, factor: 0.1 },
  },
  unclear: [
    "A StepLR object is created but its step is never called, so the learning rate stays constant. (step size 7, factor 0.1 if it were.)",
    "The printed test loss is that of the last batch only, divided by 10,000; the accuracy is right.",
    "Norm and dropout follow the last conv, directly before the average over the map: dropout acts on the 10 class maps.",
    "Batch size 128 holds with a GPU (64 without one); the logged number of batches an epoch confirms it.",
  ],
};
