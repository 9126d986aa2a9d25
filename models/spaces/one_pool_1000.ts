/**
 * Below 1,000 parameters with one pool alone: separable convolutions on maps that stay large, as the smallest public
 * networks have them.
 *
 * @module
 */
import { oneCycle } from "../iterations/05_one_cycle.ts";
import type { Space } from "../search/space.ts";
import { thinNetworkOf, thinNetworks, withActivation } from "../search/thin_network.ts";

export const onePool1000: Space = {
  name: "one_pool_1000",
  title: "One pool below 1,000 parameters",
  parameters: { most: 999 },
  rungs: [{ epochs: 10, seeds: 2, keep: 1 }, { epochs: 20, seeds: 4 }],
  base: {
    layers: thinNetworkOf("6 P S10 S10 S10 S12"),
    training: {
      ...oneCycle.training,
      batchSize: 32,
      schedule: { kind: "oneCycle", maxLearningRate: 0.2, warmUp: 0.2 },
      augmentation: [{ kind: "translate", fraction: 0.05 }],
    },
  },
  choices: {
    network: thinNetworks([
      "6 P S10 S10 S10 S12",
      "4 4 P S10 S10 S12",
      "8 P S12 R S12",
      "8 P S10 S12 S12",
      "4 5 P 4 4 8",
    ]),
    activation: { "hard-swish": withActivation("hardSwish") },
  },
};
