/**
 * Below 1,000 parameters, what `little_augmentation_1000` liked, together: large rates, no decay.
 *
 * @module
 */
import { oneCycle } from "../iterations/05_one_cycle.ts";
import type { Space } from "../search/space.ts";
import { thinNetworkOf, thinNetworks, withActivation } from "../search/thin_network.ts";

export const largeRates1000: Space = {
  name: "large_rates_1000",
  title: "Large rates below 1,000 parameters",
  parameters: { most: 999 },
  rungs: [{ epochs: 10, seeds: 2, keep: 2 }, { epochs: 20, seeds: 4 }],
  base: {
    layers: thinNetworkOf("3 5 P 4 5 P 7"),
    training: {
      ...oneCycle.training,
      batchSize: 32,
      augmentation: [{ kind: "translate", fraction: 0.05 }],
    },
  },
  choices: {
    network: thinNetworks(["3 5 P 4 5 P 7", "5 5 P 4 4 P 7"]),
    activation: { "hard-swish": withActivation("hardSwish") },
    "largest rate": {
      "rate 0.2": { training: { schedule: { maxLearningRate: 0.2 } } },
      "rate 0.4": { training: { schedule: { maxLearningRate: 0.4 } } },
    },
    decay: { "decay 1e-4": {}, "no decay": { training: { optimizer: { weightDecay: 0 } } } },
  },
};
