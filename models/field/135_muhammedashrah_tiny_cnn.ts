/**
 * Public entry: MuhammedAshrah/Tiny-CNN.
 *
 * Architecture and recipe as read from its source; see `source`, `claim` and `unclear`.
 *
 * @module
 */
import type { Iteration } from "../iteration.ts";
import { conv, flatten, linear, maxPool, relu } from "../layers/mod.ts";

export const muhammedashrahTinyCnn: Iteration = {
  id: 135,
  title: "MuhammedAshrah/Tiny-CNN",
  layers: [
    conv({ out: 4, kernel: 3 }), // [N,4,26,26]
    relu(),
    conv({ out: 4, kernel: 3 }), // [N,4,24,24]
    relu(),
    maxPool({ size: 2 }), // [N,4,12,12]
    flatten(), // [N,576]
    linear({ out: 32 }), // [N,32]
    relu(),
    linear({ out: 10 }), // [N,10]
  ],
  parameters: 18_982,
  training: {
    epochs: 5,
    batchSize: 16,
    optimizer: { kind: "adam", learningRate: 0.001 },
    schedule: { kind: "constant" },
    augmentation: [],
    trainNormalization: { mean: 0, deviation: 1 },
    testNormalization: { mean: 0, deviation: 1 },
  },
  claim: {
    parameters: 18_982,
    bestTestAccuracy: 0.985,
    finalTestAccuracy: 0.985,
    note: "README, rounded (98.5 and 98.0 both appear); no log.",
  },
  source: {
    repository: "MuhammedAshrah/Tiny-CNN",
    file: "train/training.py, models/tiny_cnn.py, data/mnist_loader.py, README.md",
  },
  unclear: [
    "The script trains 5 epochs, the README says 10 to 15.",
    "Data from OpenML in the usual order (first 60,000 for training); only divided by 255. The prediction script normalizes with 0.1307/0.3081, unlike the training.",
  ],
};
