/**
 * Public entry: nagalakshmi/MNIST-CNN-COLAB M3.
 *
 * Architecture and recipe as read from its source; see `source`, `claim` and `unclear`.
 *
 * @module
 */
import type { Iteration } from "../iteration.ts";
import { batchNorm, conv, dropout, globalAveragePool, linear, maxPool, relu } from "../layers/mod.ts";

export const nagalakshmiMnistCnnColabM3: Iteration = {
  id: 116,
  title: "nagalakshmi/MNIST-CNN-COLAB M3",
  layers: [
    conv({ out: 8, kernel: 3, bias: false }), // [N,8,26,26]
    batchNorm(),
    relu(),
    conv({ out: 10, kernel: 3, bias: false }), // [N,10,24,24]
    batchNorm(),
    relu(),
    maxPool({ size: 2 }), // [N,10,12,12]
    dropout({ p: 0.008 }),
    conv({ out: 12, kernel: 3, bias: false }), // [N,12,10,10]
    batchNorm(),
    relu(),
    conv({ out: 16, kernel: 3, bias: false }), // [N,16,8,8]
    batchNorm(),
    relu(),
    maxPool({ size: 2 }), // [N,16,4,4]
    dropout({ p: 0.008 }),
    conv({ out: 16, kernel: 3, bias: false }), // [N,16,2,2]
    batchNorm(),
    relu(),
    globalAveragePool(), // [N,16]
    dropout({ p: 0.008 }),
    linear({ out: 10, bias: false }), // [N,10]
  ],
  parameters: 6_188,
  training: {
    epochs: 15,
    batchSize: 128,
    optimizer: { kind: "adam", learningRate: 0.001, weightDecay: 0.00005 },
    schedule: { kind: "oneCycle", maxLearningRate: 0.003, warmUp: 0.2, finalDivisor: 1_000 },
    augmentation: [{ kind: "rotate", degrees: 5 }, {
      kind: "affine",
      degrees: 0,
      translate: 0.05,
      scale: [0.98, 1.02],
    }],
    trainNormalization: { mean: 0.1307, deviation: 0.3081 },
    testNormalization: { mean: 0.1307, deviation: 0.3081 },
  },
  claim: {
    parameters: 6_188,
    bestTestAccuracy: 0.9954,
    epoch: 12,
    finalTestAccuracy: 0.9944,
    trainAccuracies: [
      0.6727,
      0.9679,
      0.9806,
      0.9829,
      0.9854,
      0.9868,
      0.9888,
      0.9887,
      0.9894,
      0.9904,
      0.992,
      0.9919,
      0.9928,
      0.9936,
      0.994,
    ],
    testAccuracies: [
      0.9617,
      0.9843,
      0.9879,
      0.9899,
      0.9918,
      0.993,
      0.9923,
      0.9937,
      0.9922,
      0.9938,
      0.9949,
      0.9954,
      0.9944,
      0.9948,
      0.9944,
    ],
  },
  source: {
    repository: "nagalakshmi-nimmagadda/MNIST-CNN-COLAB",
    file: "MNIST_Model3_Development.ipynb",
  },
  unclear: [
    "With Adam the one-cycle schedule cycles beta1 between 0.95 and 0.85 (PyTorch's default cycle_momentum).",
    "The weight decay is Adam's L2 (added to the gradient), not decoupled.",
    "The data cell has no execution count, so an edit after the run cannot be excluded.",
  ],
};
