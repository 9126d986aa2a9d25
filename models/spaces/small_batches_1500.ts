/**
 * The recipe that smaller networks liked, in networks below 1,500 parameters.
 *
 * @module
 */
import { oneCycle } from "../iterations/05_one_cycle.ts";
import type { Space } from "../search/space.ts";
import { thinNetworkOf, thinNetworks, withActivation } from "../search/thin_network.ts";

export const smallbatches1500: Space = {
  name: "small_batches_1500",
  title: "Small batches below 1,500 parameters",
  parameters: { most: 1_499 },
  rungs: [{ epochs: 10, seeds: 2, keep: 2 }, { epochs: 20, seeds: 4 }],
  base: {
    layers: thinNetworkOf("4 6 P 5 6 P 8"),
    training: {
      ...oneCycle.training,
      batchSize: 32,
      schedule: { kind: "oneCycle", maxLearningRate: 0.2, warmUp: 0.2 },
    },
  },
  choices: {
    network: thinNetworks([
      "4 6 P 5 6 P 8",
      "3 6 P 5 6 P 9",
      "4 7 P 5 6 P 7",
    ]),
    activation: { "hard-swish": withActivation("hardSwish") },
    augmentation: {
      "rotation and shift": {},
      "shift": { training: { augmentation: [{ kind: "translate", fraction: 0.05 }] } },
    },
  },
};
