/**
 * The recipe that `recipe_1000` liked, in networks below 5,000 parameters.
 *
 * @module
 */
import { oneCycle } from "../iterations/05_one_cycle.ts";
import type { Space } from "../search/space.ts";
import { thinNetworkOf, thinNetworks, withActivation } from "../search/thin_network.ts";

export const smallbatches5000: Space = {
  name: "small_batches_5000",
  title: "Small batches below 5,000 parameters",
  parameters: { most: 4_999 },
  rungs: [{ epochs: 10, seeds: 2 }],
  base: {
    layers: thinNetworkOf("6 10 P 10 12 P 16"),
    training: { ...oneCycle.training, batchSize: 32 },
  },
  choices: {
    network: thinNetworks([
      "6 10 P 10 12 P 16",
      "8p 8 P 12 12 P 16",
    ]),
    activation: { ReLU: {}, "hard-swish": withActivation("hardSwish") },
  },
};
