/**
 * Public entry: jyanivaddi/ERA_V1 S7_6.
 *
 * Architecture and recipe as read from its source; see `source`, `claim` and `unclear`.
 *
 * @module
 */
import type { Iteration } from "../iteration.ts";
import { batchNorm, conv, dropout, globalAveragePool, maxPool, relu } from "../layers/mod.ts";

export const jyanivaddiEraV1S76: Iteration = {
  id: 114,
  title: "jyanivaddi/ERA_V1 S7_6",
  layers: [
    conv({ out: 12, kernel: 3, bias: false }), // [N,12,26,26]
    batchNorm(),
    relu(),
    dropout({ p: 0.1 }),
    conv({ out: 12, kernel: 3, bias: false }), // [N,12,24,24]
    batchNorm(),
    relu(),
    dropout({ p: 0.1 }),
    maxPool({ size: 2 }), // [N,12,12,12]
    conv({ out: 10, kernel: 3, bias: false }), // [N,10,10,10]
    batchNorm(),
    relu(),
    dropout({ p: 0.1 }),
    conv({ out: 12, kernel: 3, bias: false }), // [N,12,8,8]
    batchNorm(),
    relu(),
    dropout({ p: 0.1 }),
    conv({ out: 12, kernel: 3, bias: false }), // [N,12,6,6]
    batchNorm(),
    relu(),
    dropout({ p: 0.1 }),
    conv({ out: 12, kernel: 3, bias: false }), // [N,12,4,4]
    batchNorm(),
    relu(),
    dropout({ p: 0.1 }),
    conv({ out: 12, kernel: 3, bias: false }), // [N,12,2,2]
    batchNorm(),
    relu(),
    dropout({ p: 0.1 }),
    conv({ out: 10, kernel: 1, bias: false }), // [N,10,2,2]
    batchNorm(),
    relu(),
    globalAveragePool(), // [N,10]
  ],
  parameters: 7_756,
  training: {
    epochs: 19,
    batchSize: 128,
    optimizer: { kind: "sgd", learningRate: 0.01, momentum: 0.9 },
    schedule: { kind: "step", epochs: 8, factor: 0.1 },
    augmentation: [{ kind: "rotate", degrees: 15 }],
    trainNormalization: { mean: 0.1307, deviation: 0.3081 },
    testNormalization: { mean: 0.1307, deviation: 0.3081 },
  },
  claim: {
    parameters: 7_756,
    bestTestAccuracy: 0.9943,
    epoch: 11,
    finalTestAccuracy: 0.9941,
    trainAccuracies: [
      0.8728,
      0.9628,
      0.9685,
      0.9731,
      0.9745,
      0.9758,
      0.9773,
      0.9775,
      0.9803,
      0.9812,
      0.9809,
      0.9812,
      0.9816,
      0.9818,
      0.9814,
      0.9827,
      0.9822,
      0.9816,
      0.9819,
    ],
    testAccuracies: [
      0.9773,
      0.9886,
      0.9882,
      0.9891,
      0.9896,
      0.9925,
      0.9911,
      0.9917,
      0.994,
      0.9938,
      0.9943,
      0.9943,
      0.994,
      0.9939,
      0.9934,
      0.9941,
      0.9939,
      0.9939,
      0.9941,
    ],
  },
  source: {
    repository: "jyanivaddi/ERA_V1",
    file: "session_7/code_model_6.ipynb, session_7/s7_model.py",
  },
  unclear: [
    "The rotation comes after the conversion to a tensor and before the normalization: it samples by grid on [0,1] values, fill 0 (the default) is black.",
    "The logits are averages of relu outputs, so never negative.",
  ],
};
