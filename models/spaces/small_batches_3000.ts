/**
 * The recipe that smaller networks liked, in networks below 3,000 parameters.
 *
 * @module
 */
import { oneCycle } from "../iterations/05_one_cycle.ts";
import type { Space } from "../search/space.ts";
import { thinNetworkOf, thinNetworks, withActivation } from "../search/thin_network.ts";

export const smallbatches3000: Space = {
  name: "small_batches_3000",
  title: "Small batches below 3,000 parameters",
  parameters: { most: 2_999 },
  rungs: [{ epochs: 10, seeds: 2, keep: 2 }, { epochs: 20, seeds: 3 }],
  base: {
    layers: thinNetworkOf("4 8 P 8 10 P 12"),
    training: { ...oneCycle.training, batchSize: 32 },
  },
  choices: {
    network: thinNetworks([
      "4 8 P 8 10 P 12",
      "5 8 P 8 10 P 11",
      "6 6 P 8 10 P 12",
    ]),
    activation: { "hard-swish": withActivation("hardSwish") },
    "largest rate": {
      "rate 0.1": {},
      "rate 0.2": { training: { schedule: { maxLearningRate: 0.2 } } },
    },
  },
};
