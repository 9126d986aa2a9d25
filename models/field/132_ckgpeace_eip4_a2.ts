/**
 * Public entry: ckgpeace/EIP4 A2.
 *
 * Architecture and recipe as read from its source; see `source`, `claim` and `unclear`.
 *
 * @module
 */
import type { Iteration } from "../iteration.ts";
import { batchNorm, conv, dropout, flatten, maxPool, relu } from "../layers/mod.ts";

export const ckgpeaceEip4A2: Iteration = {
  id: 132,
  title: "ckgpeace/EIP4 A2",
  layers: [
    conv({ out: 16, kernel: 3 }), // [N,16,26,26]
    relu(),
    batchNorm({ epsilon: 0.001, momentum: 0.01 }),
    dropout({ p: 0.1 }),
    conv({ out: 16, kernel: 3 }), // [N,16,24,24]
    relu(),
    batchNorm({ epsilon: 0.001, momentum: 0.01 }),
    dropout({ p: 0.1 }),
    conv({ out: 10, kernel: 1 }), // [N,10,24,24]
    relu(),
    maxPool({ size: 2 }), // [N,10,12,12]
    conv({ out: 16, kernel: 3 }), // [N,16,10,10]
    relu(),
    batchNorm({ epsilon: 0.001, momentum: 0.01 }),
    dropout({ p: 0.1 }),
    conv({ out: 16, kernel: 3 }), // [N,16,8,8]
    relu(),
    batchNorm({ epsilon: 0.001, momentum: 0.01 }),
    dropout({ p: 0.1 }),
    conv({ out: 16, kernel: 3 }), // [N,16,6,6]
    relu(),
    batchNorm({ epsilon: 0.001, momentum: 0.01 }),
    dropout({ p: 0.1 }),
    conv({ out: 16, kernel: 3 }), // [N,16,4,4]
    relu(),
    batchNorm({ epsilon: 0.001, momentum: 0.01 }),
    dropout({ p: 0.1 }),
    conv({ out: 10, kernel: 4 }), // [N,10,1,1]
    batchNorm({ epsilon: 0.001, momentum: 0.01 }),
    dropout({ p: 0.1 }),
    flatten(), // [N,10]
  ],
  parameters: 13_848,
  training: {
    epochs: 20,
    batchSize: 128,
    optimizer: { kind: "adam", learningRate: 0.003, epsilon: 1e-7 },
    schedule: { kind: "inverseTime", rate: 0.319 },
    augmentation: [],
    trainNormalization: { mean: 0, deviation: 1 },
    testNormalization: { mean: 0, deviation: 1 },
    initialization: "keras",
  },
  claim: {
    parameters: 13_848,
    bestTestAccuracy: 0.9945,
    epoch: 13,
    finalTestAccuracy: 0.9945,
    testAccuracies: [
      0.9813,
      0.9886,
      0.9908,
      0.9903,
      0.9906,
      0.9934,
      0.9926,
      0.992,
      0.9917,
      0.9923,
      0.9928,
      0.9925,
      0.9945,
      0.992,
      0.9934,
      0.9941,
      0.9931,
      0.994,
      0.9944,
      0.9945,
    ],
    trainAccuracies: [
      0.8466,
      0.9244,
      0.9402,
      0.946,
      0.9503,
      0.9509,
      0.9527,
      0.9527,
      0.9546,
      0.9543,
      0.955,
      0.9555,
      0.9557,
      0.956,
      0.9581,
      0.9587,
      0.9572,
      0.9564,
      0.9563,
      0.9574,
    ],
    note:
      "The README's run. The notebook holds a second run of the same code whose log breaks off after epoch 15 (99.26) and whose final evaluation is 99.47; 99.26 is not a final accuracy. Keras counts 14,060 with running statistics.",
  },
  source: {
    repository: "ckgpeace/EIP4",
    file: "Assignment2/Assignment2.ipynb, Assignment2/README.md",
  },
  unclear: [
    "Keras' Adam: epsilon 1e-7, added to the uncorrected root of the second moment.",
    "Norm and dropout (0.1) follow the 4x4 conv that gives the 10 logits: dropout acts on the logits.",
    "Keras' batch norm: epsilon 0.001, momentum 0.99 (0.01 in PyTorch's sense).",
  ],
};
