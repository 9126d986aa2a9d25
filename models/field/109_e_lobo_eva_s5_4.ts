/**
 * Public entry: e-lobo/eva S5_4.
 *
 * Architecture and recipe as read from its source; see `source`, `claim` and `unclear`.
 *
 * @module
 */
import type { Iteration } from "../iteration.ts";
import { batchNorm, conv, dropout, globalAveragePool, linear, maxPool, relu } from "../layers/mod.ts";

export const eLoboEvaS54: Iteration = {
  id: 109,
  title: "e-lobo/eva S5_4",
  layers: [
    conv({ out: 8, kernel: 3, bias: false }), // [N,8,26,26]
    relu(),
    batchNorm(),
    dropout({ p: 0.02 }),
    conv({ out: 10, kernel: 3, bias: false }), // [N,10,24,24]
    relu(),
    batchNorm(),
    dropout({ p: 0.02 }),
    maxPool({ size: 2 }), // [N,10,12,12]
    conv({ out: 12, kernel: 3, bias: false }), // [N,12,10,10]
    relu(),
    batchNorm(),
    dropout({ p: 0.02 }),
    conv({ out: 14, kernel: 3, bias: false }), // [N,14,8,8]
    relu(),
    batchNorm(),
    dropout({ p: 0.02 }),
    conv({ out: 16, kernel: 3, bias: false }), // [N,16,6,6]
    relu(),
    batchNorm(),
    dropout({ p: 0.02 }),
    conv({ out: 16, kernel: 3, bias: false }), // [N,16,4,4]
    relu(),
    batchNorm(),
    dropout({ p: 0.02 }),
    globalAveragePool(), // [N,16]
    linear({ out: 10, bias: false }), // [N,10]
  ],
  parameters: 8_016,
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
    parameters: 8_016,
    bestTestAccuracy: 0.9941,
    epoch: 15,
    finalTestAccuracy: 0.9941,
    trainAccuracies: [
      0.912,
      0.9805,
      0.9845,
      0.9859,
      0.9885,
      0.9886,
      0.9899,
      0.9896,
      0.9903,
      0.9909,
      0.9913,
      0.9924,
      0.9914,
      0.9923,
      0.9927,
    ],
    testAccuracies: [
      0.9833,
      0.9862,
      0.9901,
      0.992,
      0.9913,
      0.9926,
      0.9905,
      0.9914,
      0.9919,
      0.9929,
      0.9929,
      0.9933,
      0.9938,
      0.9936,
      0.9941,
    ],
  },
  source: {
    repository: "e-lobo/eva",
    file: "session_5/step_4/Session_5_Assignment_step_4.ipynb",
    unusedSchedule: { kind: "step", epochs: 10, factor: 0.1 },
  },
  unclear: [
    "A StepLR object is created but its step is never called, so the learning rate stays constant. (step size 10, factor 0.1 if it were; the README lists the scheduler as added.)",
    "The cell with the network (dropout 0.02) was executed once more after the logged training (execution count 110 against 109), so the dropout of the logged run may have been another value.",
    "The only printed summary (execution count 100) shows another network of 8,016 parameters: channel dropout in the first four blocks and a padded fifth 3x3 convolution; the entry follows the cell.",
    "Batch size 128 holds with a GPU (64 without one); the logged number of batches an epoch confirms it.",
  ],
};
