/**
 * Public entry: grrrao/ERAv2-S6 S6.
 *
 * Architecture and recipe as read from its source; see `source`, `claim` and `unclear`.
 *
 * @module
 */
import type { Iteration } from "../iteration.ts";
import { batchNorm, conv, dropout, flatten, maxPool, relu } from "../layers/mod.ts";

export const grrraoErav2S6: Iteration = {
  id: 112,
  title: "grrrao/ERAv2-S6 S6",
  layers: [
    conv({ out: 8, kernel: 3, padding: 1 }), // [N,8,28,28]
    relu(),
    dropout({ p: 0.1 }),
    batchNorm(),
    conv({ out: 16, kernel: 3, padding: 1 }), // [N,16,28,28]
    relu(),
    dropout({ p: 0.1 }),
    batchNorm(),
    maxPool({ size: 2 }), // [N,16,14,14]
    conv({ out: 8, kernel: 1 }), // [N,8,14,14]
    conv({ out: 16, kernel: 3, padding: 1 }), // [N,16,14,14]
    relu(),
    dropout({ p: 0.1 }),
    batchNorm(),
    conv({ out: 32, kernel: 3, padding: 1 }), // [N,32,14,14]
    relu(),
    dropout({ p: 0.1 }),
    batchNorm(),
    maxPool({ size: 2 }), // [N,32,7,7]
    conv({ out: 8, kernel: 1 }), // [N,8,7,7]
    conv({ out: 16, kernel: 3 }), // [N,16,5,5]
    relu(),
    dropout({ p: 0.1 }),
    batchNorm(),
    conv({ out: 32, kernel: 3 }), // [N,32,3,3]
    relu(),
    dropout({ p: 0.1 }),
    batchNorm(),
    conv({ out: 10, kernel: 3 }), // [N,10,1,1]
    flatten(), // [N,10]
  ],
  parameters: 16_394,
  training: {
    epochs: 19,
    batchSize: 128,
    optimizer: { kind: "sgd", learningRate: 0.01, momentum: 0.9 },
    schedule: { kind: "constant" },
    augmentation: [],
    trainNormalization: { mean: 0.1307, deviation: 0.3081 },
    testNormalization: { mean: 0.1307, deviation: 0.3081 },
  },
  claim: {
    parameters: 16_394,
    bestTestAccuracy: 0.9948,
    epoch: 18,
    finalTestAccuracy: 0.9934,
    testAccuracies: [
      0.9828,
      0.9866,
      0.9909,
      0.9907,
      0.989,
      0.9921,
      0.9922,
      0.994,
      0.9928,
      0.9925,
      0.9931,
      0.993,
      0.9939,
      0.9944,
      0.9937,
      0.9935,
      0.9942,
      0.9948,
      0.9934,
    ],
  },
  source: {
    repository: "grrrao/ERAv2-S6-ipnyb",
    file: "ERA_V2_S6_Girish_Rao.ipynb",
  },
  unclear: [
    "The log-softmax has no axis given; for two-dimensional input PyTorch takes axis 1, the classes.",
    "Dropout sits between relu and norm; one shared module.",
  ],
};
