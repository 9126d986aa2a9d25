/**
 * Public entry: hexhowells/NeuralGolfing 672.
 *
 * Architecture and recipe as read from its source; see `source`, `claim` and `unclear`.
 *
 * @module
 */
import type { Iteration } from "../iteration.ts";
import { conv, flatten, linear, maxPool, prelu } from "../layers/mod.ts";

export const hexhowellsNeuralgolfing672: Iteration = {
  id: 134,
  title: "hexhowells/NeuralGolfing 672",
  layers: [
    conv({ out: 4, kernel: 4 }), // [N,4,25,25]
    prelu(),
    maxPool({ size: 2 }), // [N,4,12,12]
    conv({ out: 5, kernel: 3 }), // [N,5,10,10]
    prelu(),
    maxPool({ size: 2 }), // [N,5,5,5]
    conv({ out: 4, kernel: 3 }), // [N,4,3,3]
    prelu(),
    flatten(), // [N,36]
    linear({ out: 10 }), // [N,10]
  ],
  parameters: 820,
  training: {
    epochs: 20,
    batchSize: 14,
    optimizer: { kind: "adamW", learningRate: 0.0008 },
    schedule: { kind: "constant" },
    augmentation: [],
    trainNormalization: { mean: 0.1307, deviation: 0.3081 },
    testNormalization: { mean: 0.1307, deviation: 0.3081 },
  },
  claim: {
    bestTestAccuracy: 0.98,
    finalTestAccuracy: 0.98,
    comparable: false,
    note:
      "Published: 98.00 % with 575 (table) or 672 (text) NON-ZERO parameters, after single weights were set to zero one by one while the test accuracy stayed at 98 %. The trained network has 820 and more than 98 %.",
  },
  source: {
    repository: "hexhowells/NeuralGolfing",
    file: "model.py, hyperparameters.py, run.py, train.py, prune.py, README.md",
    unusedSchedule: { kind: "step", epochs: 5, factor: 0.62 },
  },
  unclear: [
    "A StepLR (5 epochs, factor 0.62) is created but its step is never called.",
    "820 parameters are trained; the published count is of non-zero ones after pruning against the test set.",
    "PReLU has one slope a channel (start 0.25), and AdamW's decay acts on it too.",
    "60,000/14 leaves a last batch of 10.",
  ],
};
