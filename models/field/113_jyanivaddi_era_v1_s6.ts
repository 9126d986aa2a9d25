/**
 * Public entry: jyanivaddi/ERA_V1 S6.
 *
 * Architecture and recipe as read from its source; see `source`, `claim` and `unclear`.
 *
 * @module
 */
import type { Iteration } from "../iteration.ts";
import { batchNorm, conv, globalAveragePool, maxPool, relu } from "../layers/mod.ts";

export const jyanivaddiEraV1S6: Iteration = {
  id: 113,
  title: "jyanivaddi/ERA_V1 S6",
  layers: [
    conv({ out: 16, kernel: 3, bias: false }), // [N,16,26,26]
    relu(),
    batchNorm(),
    conv({ out: 16, kernel: 3, bias: false }), // [N,16,24,24]
    relu(),
    batchNorm(),
    conv({ out: 16, kernel: 3, bias: false }), // [N,16,22,22]
    relu(),
    batchNorm(),
    conv({ out: 16, kernel: 3, bias: false }), // [N,16,20,20]
    relu(),
    batchNorm(),
    maxPool({ size: 2 }), // [N,16,10,10]
    relu(),
    conv({ out: 16, kernel: 3, bias: false }), // [N,16,8,8]
    relu(),
    batchNorm(),
    conv({ out: 16, kernel: 3, bias: false }), // [N,16,6,6]
    relu(),
    batchNorm(),
    conv({ out: 16, kernel: 3, bias: false }), // [N,16,4,4]
    relu(),
    batchNorm(),
    conv({ out: 10, kernel: 1, bias: false }), // [N,10,4,4]
    relu(),
    batchNorm(),
    globalAveragePool(), // [N,10]
  ],
  parameters: 14_372,
  training: {
    epochs: 19,
    batchSize: 128,
    optimizer: { kind: "sgd", learningRate: 0.01, momentum: 0.9 },
    schedule: { kind: "step", epochs: 15, factor: 0.1 },
    augmentation: [{ kind: "centerCropResize", size: 22, p: 0.1 }, { kind: "rotate", degrees: 15 }],
    trainNormalization: { mean: 0.1307, deviation: 0.3081 },
    testNormalization: { mean: 0.1307, deviation: 0.3081 },
  },
  claim: {
    parameters: 14_372,
    bestTestAccuracy: 0.9958,
    epoch: 18,
    finalTestAccuracy: 0.9956,
    testAccuracies: [
      0.9868,
      0.9888,
      0.9911,
      0.9929,
      0.9934,
      0.9929,
      0.9932,
      0.9933,
      0.9941,
      0.9942,
      0.9945,
      0.9946,
      0.995,
      0.9943,
      0.9953,
      0.9955,
      0.9955,
      0.9958,
      0.9956,
    ],
  },
  source: {
    repository: "jyanivaddi/ERA_V1",
    file: "session_6/S6.ipynb, session_6/s6_model.py, session_6/s6_utils.py",
  },
  unclear: [
    "A relu follows the pool directly (after the norm, so it clips negative values).",
    "No dropout.",
  ],
};
