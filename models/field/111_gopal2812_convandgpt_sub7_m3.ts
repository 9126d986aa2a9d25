/**
 * Public entry: gopal2812/convandgpt Sub7_M3.
 *
 * Architecture and recipe as read from its source; see `source`, `claim` and `unclear`.
 *
 * @module
 */
import type { Iteration } from "../iteration.ts";
import { batchNorm, conv, globalAveragePool, maxPool, relu } from "../layers/mod.ts";

export const gopal2812ConvandgptSub7M3: Iteration = {
  id: 111,
  title: "gopal2812/convandgpt Sub7_M3",
  layers: [
    conv({ out: 10, kernel: 3 }), // [N,10,26,26]
    relu(),
    batchNorm(),
    conv({ out: 10, kernel: 3 }), // [N,10,24,24]
    relu(),
    batchNorm(),
    conv({ out: 11, kernel: 3 }), // [N,11,22,22]
    relu(),
    batchNorm(),
    maxPool({ size: 2 }), // [N,11,11,11]
    conv({ out: 10, kernel: 1 }), // [N,10,11,11]
    relu(),
    conv({ out: 10, kernel: 3 }), // [N,10,9,9]
    relu(),
    batchNorm(),
    conv({ out: 10, kernel: 3 }), // [N,10,7,7]
    relu(),
    batchNorm(),
    conv({ out: 16, kernel: 3 }), // [N,16,5,5]
    relu(),
    batchNorm(),
    conv({ out: 10, kernel: 1 }), // [N,10,5,5]
    globalAveragePool(), // [N,10]
  ],
  parameters: 5_711,
  training: {
    epochs: 15,
    batchSize: 64,
    optimizer: { kind: "sgd", learningRate: 0.025, momentum: 0.97 },
    schedule: { kind: "oneCycle", maxLearningRate: 0.025 },
    augmentation: [{ kind: "centerCropResize", size: 22, p: 0.05 }, { kind: "rotate", degrees: 12 }, {
      kind: "affine",
      degrees: 5,
      translate: 0.1,
      scale: [0.8, 1.2],
      shear: 5,
    }, { kind: "colorJitter", brightness: 0.4, contrast: 0.4 }],
    trainNormalization: { mean: 0.1307, deviation: 0.3081 },
    testNormalization: { mean: 0.1307, deviation: 0.3081 },
  },
  claim: {
    parameters: 5_711,
    bestTestAccuracy: 0.9946,
    epoch: 13,
    finalTestAccuracy: 0.9942,
    trainAccuracies: [
      0.6546,
      0.928,
      0.95,
      0.9586,
      0.9637,
      0.9668,
      0.9695,
      0.9711,
      0.9718,
      0.9741,
      0.9766,
      0.9778,
      0.9789,
      0.979,
      0.9808,
    ],
    testAccuracies: [
      0.9508,
      0.9823,
      0.9819,
      0.9894,
      0.9881,
      0.9899,
      0.9906,
      0.9916,
      0.9922,
      0.9925,
      0.9915,
      0.9942,
      0.9946,
      0.9946,
      0.9942,
    ],
  },
  source: {
    repository: "gopal2812/convandgpt",
    file: "Submission7/Model3.ipynb, Submission7/model.py, Submission7/utils.py",
  },
  unclear: [
    "The optimizer's momentum 0.97 has no effect: the one-cycle schedule cycles it between 0.95 and 0.85.",
    "An L1 factor and a weight decay exist in the code and are both 0.",
    "Saturation and hue of the jitter do nothing on a one-channel image.",
    "The notebook clones the repository when it runs; model.py of the snapshot gives the printed 5,711 parameters, so it is the same network.",
  ],
};
