/**
 * What smaller networks liked, below 5,000 parameters.
 *
 * @module
 */
import { oneCycle } from "../iterations/05_one_cycle.ts";
import type { Space } from "../search/space.ts";
import { thinNetworkOf, thinNetworks, withActivation } from "../search/thin_network.ts";

export const deep5000: Space = {
  name: "deep_5000",
  title: "Plain and deep networks below 5,000 parameters",
  parameters: { most: 4_999 },
  rungs: [{ epochs: 10, seeds: 2 }],
  base: {
    layers: thinNetworkOf("7 11 P 11 12 P 15"),
    training: {
      ...oneCycle.training,
      batchSize: 32,
      schedule: { kind: "oneCycle", maxLearningRate: 0.2, warmUp: 0.2 },
      optimizer: { kind: "sgd", learningRate: 0.01, momentum: 0.9 },
    },
  },
  choices: {
    network: thinNetworks([
      "7 11 P 11 12 P 15",
      "8 11 P S24 S28 S28 S32",
    ]),
    activation: { "hard-swish": withActivation("hardSwish") },
  },
};
