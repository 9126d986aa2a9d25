/**
 * Public entry: Shankarganesh127/..S6 v0.
 *
 * Architecture and recipe as read from its source; see `source`, `claim` and `unclear`.
 *
 * @module
 */
import type { Iteration } from "../iteration.ts";
import { batchNorm, conv, globalAveragePool, linear, maxPool, relu } from "../layers/mod.ts";

export const shankarganesh127S6V0: Iteration = {
  id: 102,
  title: "Shankarganesh127/..S6 v0",
  layers: [
    conv({ out: 4, kernel: 3, padding: 1, bias: false }), // [N,4,28,28]
    batchNorm(),
    relu(),
    conv({ out: 8, kernel: 3, padding: 1, bias: false }), // [N,8,28,28]
    batchNorm(),
    relu(),
    maxPool({ size: 2 }), // [N,8,14,14]
    conv({ out: 16, kernel: 3, padding: 1, bias: false }), // [N,16,14,14]
    batchNorm(),
    relu(),
    conv({ out: 32, kernel: 3, padding: 1, bias: false }), // [N,32,14,14]
    batchNorm(),
    relu(),
    maxPool({ size: 2 }), // [N,32,7,7]
    conv({ out: 40, kernel: 3, padding: 1, bias: false }), // [N,40,7,7]
    batchNorm(),
    relu(),
    globalAveragePool(), // [N,40]
    linear({ out: 10 }), // [N,10]
  ],
  parameters: 18_214,
  training: {
    epochs: 20,
    batchSize: 128,
    optimizer: { kind: "adam", learningRate: 0.001 },
    schedule: { kind: "step", epochs: 6, factor: 0.1 },
    augmentation: [{ kind: "rotate", degrees: 15 }, { kind: "translate", fraction: 0.1 }],
    trainNormalization: { mean: 0.1307, deviation: 0.3081 },
    testNormalization: { mean: 0.1307, deviation: 0.3081 },
  },
  claim: {
    parameters: 18_214,
    bestTestAccuracy: 0.9911,
    epoch: 19,
    finalTestAccuracy: 0.9909,
    testAccuracies: [
      0.9548,
      0.9749,
      0.985,
      0.9753,
      0.9855,
      0.987,
      0.99,
      0.9908,
      0.9907,
      0.99,
      0.9906,
      0.9909,
      0.991,
      0.9907,
      0.9909,
      0.9909,
      0.9907,
      0.9909,
      0.9911,
      0.9909,
    ],
    trainAccuracies: [
      0.8355,
      0.9606,
      0.9704,
      0.9746,
      0.977,
      0.9789,
      0.9825,
      0.9835,
      0.9842,
      0.9846,
      0.9849,
      0.9851,
      0.9861,
      0.986,
      0.9852,
      0.9849,
      0.9853,
      0.9862,
      0.9858,
      0.9862,
    ],
    note:
      "From training_1.log. The table's 99.44/99.38 belongs to another model (7,932 parameters) in the notebook of the repository.",
  },
  source: {
    repository: "Shankarganesh127/TSAI_ERAv4_mnist_model_improved_S6",
    file: "model_v0.py, data_setup.py, train_test.py, training_1.log",
    note: "Log dated 2025-09-24; code of commit d6ca424.",
  },
  unclear: [
    "Gradient clipping (norm 2) was added to the training loop a day after this run (commit 6d807a8); at the commit of the run (d6ca424) there is none, so none is given here. Running today's files would clip.",
    "No loss extras: the loss is the negative log-likelihood of a log-softmax.",
  ],
};
