/**
 * Public entry: aknakshay/MNIST-Challenge sol1.
 *
 * Architecture and recipe as read from its source; see `source`, `claim` and `unclear`.
 *
 * @module
 */
import type { Iteration } from "../iteration.ts";
import { batchNorm, conv, dropout, flatten, linear, maxPool, relu } from "../layers/mod.ts";

export const aknakshayMnistChallengeSol1: Iteration = {
  id: 133,
  title: "aknakshay/MNIST-Challenge sol1",
  layers: [
    conv({ out: 20, kernel: 7, padding: 3 }), // [N,20,28,28]
    relu(),
    batchNorm({ epsilon: 0.001, momentum: 0.01 }),
    maxPool({ size: 2 }), // [N,20,14,14]
    conv({ out: 10, kernel: 5 }), // [N,10,10,10]
    relu(),
    batchNorm({ epsilon: 0.001, momentum: 0.01 }),
    maxPool({ size: 2 }), // [N,10,5,5]
    dropout({ p: 0.5 }),
    flatten(), // [N,250]
    linear({ out: 10 }), // [N,10]
  ],
  parameters: 8_580,
  training: {
    epochs: 10,
    batchSize: 32,
    optimizer: { kind: "adam", learningRate: 0.001, epsilon: 1e-7 },
    schedule: { kind: "constant" },
    augmentation: [],
    trainNormalization: { mean: 0, deviation: 1 },
    testNormalization: { mean: 0, deviation: 1 },
    trainCount: 54_000,
    validationCount: 6_000,
    initialization: "keras",
  },
  claim: {
    parameters: 8_580,
    bestTestAccuracy: 0.992,
    epoch: 10,
    finalTestAccuracy: 0.992,
    trainAccuracies: [0.9024, 0.9684, 0.9749, 0.9778, 0.9799, 0.9807, 0.9824, 0.9827, 0.9833, 0.9844],
    note: "Tested once, after the last epoch. Keras counts 8,640 with running statistics.",
  },
  source: {
    repository: "aknakshay/MNIST-Challenge",
    file: "MNIST_Challenge.ipynb",
  },
  unclear: [
    "A learning-rate callback divides by a factor that is 1: constant.",
    "The number of epochs was chosen by hand while training (at least 10; the answer after 10 was no).",
    "validation_split 0.1 takes the last 6,000 training images; training uses the first 54,000.",
    "Keras flattens in height-width-channel order; the linear layer is the same up to a permutation of its inputs.",
  ],
};
