/**
 * Public entry: ShaunakNandi/EIP4.0 wk2.
 *
 * Architecture and recipe as read from its source; see `source`, `claim` and `unclear`.
 *
 * @module
 */
import type { Iteration } from "../iteration.ts";
import { batchNorm, conv, dropout, globalAveragePool, maxPool, relu } from "../layers/mod.ts";

export const shaunaknandiEip4Wk2: Iteration = {
  id: 131,
  title: "ShaunakNandi/EIP4.0 wk2",
  layers: [
    conv({ out: 16, kernel: 3, bias: false }), // [N,16,26,26]
    relu(),
    batchNorm({ epsilon: 0.001, momentum: 0.01 }),
    dropout({ p: 0.1 }),
    conv({ out: 16, kernel: 3, bias: false }), // [N,16,24,24]
    relu(),
    batchNorm({ epsilon: 0.001, momentum: 0.01 }),
    dropout({ p: 0.1 }),
    conv({ out: 16, kernel: 1, bias: false }), // [N,16,24,24]
    relu(),
    batchNorm({ epsilon: 0.001, momentum: 0.01 }),
    maxPool({ size: 2 }), // [N,16,12,12]
    conv({ out: 16, kernel: 3, bias: false }), // [N,16,10,10]
    relu(),
    batchNorm({ epsilon: 0.001, momentum: 0.01 }),
    dropout({ p: 0.1 }),
    conv({ out: 16, kernel: 3, bias: false }), // [N,16,8,8]
    relu(),
    batchNorm({ epsilon: 0.001, momentum: 0.01 }),
    dropout({ p: 0.1 }),
    maxPool({ size: 2 }), // [N,16,4,4]
    conv({ out: 32, kernel: 3, bias: false }), // [N,32,2,2]
    relu(),
    batchNorm({ epsilon: 0.001, momentum: 0.01 }),
    dropout({ p: 0.1 }),
    conv({ out: 10, kernel: 1, bias: false }), // [N,10,2,2]
    relu(),
    globalAveragePool(), // [N,10]
  ],
  parameters: 12_464,
  training: {
    epochs: 20,
    batchSize: 32,
    optimizer: { kind: "sgd", learningRate: 0.01, momentum: 0.9, nesterov: true },
    schedule: { kind: "inverseTime", rate: 0.000001, per: "step" },
    augmentation: [],
    trainNormalization: { mean: 0, deviation: 1 },
    testNormalization: { mean: 0, deviation: 1 },
    initialization: "keras",
  },
  claim: {
    parameters: 12_464,
    bestTestAccuracy: 0.9944,
    epoch: 16,
    finalTestAccuracy: 0.9935,
    testAccuracies: [
      0.986,
      0.9899,
      0.9899,
      0.9925,
      0.9914,
      0.9917,
      0.9915,
      0.9926,
      0.9919,
      0.9929,
      0.993,
      0.9934,
      0.9942,
      0.9932,
      0.9936,
      0.9944,
      0.9933,
      0.9936,
      0.9923,
      0.9935,
    ],
    trainAccuracies: [
      0.9505,
      0.98,
      0.9838,
      0.9853,
      0.9865,
      0.988,
      0.9884,
      0.9886,
      0.9896,
      0.9898,
      0.9901,
      0.9906,
      0.9913,
      0.9912,
      0.9917,
      0.9914,
      0.9919,
      0.992,
      0.9923,
      0.9918,
    ],
    note: "Keras counts 12,688 with the norms' running statistics; 12,464 are trainable.",
  },
  source: {
    repository: "ShaunakNandi/EIP4.0",
    file: "wk2/Assignment_2_mnist.ipynb",
  },
  unclear: [
    "Trained with SGD and Nesterov momentum, batch 32. The Adam recipe (0.003, batch 128, 1/(1+0.319 epoch)) stands in a quoted string and was never run in this notebook.",
    "Keras' decay 1e-6 acts per update: the learning rate is 0.01/(1+1e-6*update), 3.6 % lower after the 37,500 updates.",
    "Keras' batch norm: epsilon 0.001, momentum 0.99 (0.01 in PyTorch's sense). Keras' initialization: Glorot uniform, zero biases.",
    "The last conv has a relu, then the average over a 2x2 map.",
  ],
};
