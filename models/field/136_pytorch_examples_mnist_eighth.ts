/**
 * Public entry: pytorch/examples mnist 1/8 scale.
 *
 * Architecture and recipe as read from its source; see `source`, `claim` and `unclear`.
 *
 * @module
 */
import type { Iteration } from "../iteration.ts";
import { conv, dropout, flatten, linear, maxPool, relu } from "../layers/mod.ts";

export const pytorchExamplesMnistEighth: Iteration = {
  id: 136,
  title: "pytorch/examples mnist 1/8 scale",
  layers: [
    conv({ out: 4, kernel: 3 }), // [N,4,26,26]
    relu(),
    conv({ out: 8, kernel: 3 }), // [N,8,24,24]
    relu(),
    maxPool({ size: 2 }), // [N,8,12,12]
    dropout({ p: 0.25 }),
    flatten(), // [N,1152]
    linear({ out: 16 }), // [N,16]
    relu(),
    dropout({ p: 0.5 }),
    linear({ out: 10 }), // [N,10]
  ],
  parameters: 18_954,
  training: {
    epochs: 14,
    batchSize: 64,
    optimizer: { kind: "adadelta" },
    schedule: { kind: "step", epochs: 1, factor: 0.7 },
    augmentation: [],
    trainNormalization: { mean: 0.1307, deviation: 0.3081 },
    testNormalization: { mean: 0.1307, deviation: 0.3081 },
  },
  claim: {
    comparable: false,
    note:
      "The published network has 32, 64 and 128 instead of 4, 8 and 16 (1,199,882 parameters); the scaled one is the table's own and has no published accuracy.",
  },
  source: {
    repository: "pytorch/examples",
    file: "mnist/main.py",
  },
  unclear: [
    "Recipe read from the script; the widths are an eighth of the original's.",
    "Without an accelerator the script does not shuffle the training images (shuffle is only set together with the accelerator's loader options); shuffled is assumed.",
    "StepLR with step 1: the learning rate is 0.7^epoch, stepped after the test of each epoch.",
  ],
};
