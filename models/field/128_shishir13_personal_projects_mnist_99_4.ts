/**
 * Public entry: shishir13/Personal_Projects MNIST_99.4.
 *
 * Architecture and recipe as read from its source; see `source`, `claim` and `unclear`.
 *
 * @module
 */
import type { Iteration } from "../iteration.ts";
import { batchNorm, conv, dropout, flatten, linear, maxPool, relu } from "../layers/mod.ts";

export const shishir13PersonalProjectsMnist994: Iteration = {
  id: 128,
  title: "shishir13/Personal_Projects MNIST_99.4",
  layers: [
    conv({ out: 8, kernel: 3, padding: 1 }), // [N,8,28,28]
    batchNorm(),
    relu(),
    maxPool({ size: 2 }), // [N,8,14,14]
    conv({ out: 16, kernel: 3, padding: 1 }), // [N,16,14,14]
    batchNorm(),
    relu(),
    maxPool({ size: 2 }), // [N,16,7,7]
    conv({ out: 32, kernel: 3, padding: 1 }), // [N,32,7,7]
    batchNorm(),
    relu(),
    maxPool({ size: 2 }), // [N,32,3,3]
    dropout({ p: 0.4 }),
    flatten(), // [N,288]
    linear({ out: 32 }), // [N,32]
    relu(),
    dropout({ p: 0.4 }),
    linear({ out: 10 }), // [N,10]
  ],
  parameters: 15_578,
  training: {
    epochs: 19,
    batchSize: 128,
    optimizer: { kind: "adam", learningRate: 0.001, weightDecay: 0.0001 },
    schedule: { kind: "oneCycle", maxLearningRate: 0.003, warmUp: 0.2, divisor: 10, finalDivisor: 100 },
    augmentation: [{ kind: "rotate", degrees: 10 }, { kind: "translate", fraction: 0.1 }],
    trainNormalization: { mean: 0.1307, deviation: 0.3081 },
    testNormalization: { mean: 0.1307, deviation: 0.3081 },
  },
  claim: {
    parameters: 15_578,
    bestTestAccuracy: 0.9943,
    finalTestAccuracy: 0.9943,
    finalTrainAccuracy: 0.9967,
    note:
      "README only, no log; it gives 99.43 both as best and for the final epoch, together with 99.67 % training accuracy, which 0.4 dropout and this augmentation make unlikely.",
  },
  source: {
    repository: "shishir13/Personal_Projects",
    file: "MNIST_99.4/train.py, MNIST_99.4/models/model.py, MNIST_99.4/README.md",
  },
  unclear: [
    "The commit that brought train.py has dropout 0.3 and claims 99.43 as well; 0.4 came later, with the claim unchanged.",
    "Cross-entropy is applied to log-softmax outputs; that changes nothing.",
    "With Adam the one-cycle schedule cycles beta1 between 0.95 and 0.85.",
    "Per-epoch accuracies are not published.",
  ],
};
