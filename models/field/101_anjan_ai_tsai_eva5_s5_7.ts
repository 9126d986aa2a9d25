/**
 * Public entry: Anjan-AI/TSAI-EVA5 S5_7.
 *
 * Architecture and recipe as read from its source; see `source`, `claim` and `unclear`.
 *
 * @module
 */
import type { Iteration } from "../iteration.ts";
import { batchNorm, conv, dropout, globalAveragePool, maxPool, relu } from "../layers/mod.ts";

export const anjanAiTsaiEva5S57: Iteration = {
  id: 101,
  title: "Anjan-AI/TSAI-EVA5 S5_7",
  layers: [
    conv({ out: 4, kernel: 3, bias: false }), // [N,4,26,26]
    batchNorm(),
    relu(),
    dropout({ p: 0.05 }),
    conv({ out: 4, kernel: 3, bias: false }), // [N,4,24,24]
    batchNorm(),
    relu(),
    dropout({ p: 0.05 }),
    conv({ out: 8, kernel: 3, bias: false }), // [N,8,22,22]
    batchNorm(),
    relu(),
    dropout({ p: 0.05 }),
    maxPool({ size: 2 }), // [N,8,11,11]
    conv({ out: 8, kernel: 1, bias: false }), // [N,8,11,11]
    batchNorm(),
    relu(),
    dropout({ p: 0.05 }),
    conv({ out: 16, kernel: 3, bias: false }), // [N,16,9,9]
    batchNorm(),
    relu(),
    dropout({ p: 0.05 }),
    conv({ out: 16, kernel: 3, bias: false }), // [N,16,7,7]
    batchNorm(),
    relu(),
    dropout({ p: 0.05 }),
    conv({ out: 16, kernel: 3, padding: 1, bias: false }), // [N,16,7,7]
    batchNorm(),
    relu(),
    dropout({ p: 0.05 }),
    conv({ out: 16, kernel: 3, padding: 1, bias: false }), // [N,16,7,7]
    batchNorm(),
    relu(),
    dropout({ p: 0.05 }),
    conv({ out: 10, kernel: 1, bias: false }), // [N,10,7,7]
    globalAveragePool(), // [N,10]
  ],
  parameters: 8_932,
  training: {
    epochs: 15,
    batchSize: 128,
    optimizer: { kind: "sgd", learningRate: 0.1, momentum: 0.9 },
    schedule: { kind: "constant" },
    augmentation: [{ kind: "rotate", degrees: 35, fill: 1 }],
    trainNormalization: { mean: 0.1307, deviation: 0.3081 },
    testNormalization: { mean: 0.1307, deviation: 0.3081 },
  },
  claim: {
    parameters: 8_932,
    bestTestAccuracy: 0.995,
    epoch: 15,
    finalTestAccuracy: 0.995,
    trainAccuracies: [
      0.9012,
      0.9766,
      0.9819,
      0.9825,
      0.9844,
      0.9858,
      0.9858,
      0.9869,
      0.9874,
      0.9877,
      0.9878,
      0.9888,
      0.9893,
      0.9891,
      0.9892,
    ],
    testAccuracies: [
      0.9775,
      0.9882,
      0.9913,
      0.9914,
      0.993,
      0.9925,
      0.9912,
      0.9933,
      0.9926,
      0.994,
      0.9923,
      0.9947,
      0.9937,
      0.9934,
      0.995,
    ],
  },
  source: {
    repository: "Anjan-AI/TSAI-EVA5",
    file: "Session 5 - Coding drill/EVA5S5_7.ipynb",
    note:
      "The same notebook is published in The-School-of-AI/era-s6-ram (ram-s5.ipynb) and era-s7-ram (s7-7.ipynb); it carries the course author's header. No scheduler.",
  },
  unclear: [
    "The loaders were made in run 11 of the notebook's cells and the logged training is run 70; when the rotation was written is not known.",
    "A further 3x3 block (2,336 parameters) is declared but not called; the printed summary lists only called layers, so 8,932 is right for the network that runs (the live object holds 11,268).",
    "The optimizer also holds the unused block, whose gradient is None; it has no effect.",
    "Batch size 128 holds with a GPU (64 without one); the logged number of batches an epoch confirms it.",
  ],
};
