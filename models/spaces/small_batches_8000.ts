/**
 * The recipe that `recipe_1000` liked, in networks below 8,000 parameters.
 *
 * @module
 */
import { oneCycle } from "../iterations/05_one_cycle.ts";
import type { Space } from "../search/space.ts";
import { thinNetworkOf, thinNetworks, withActivation } from "../search/thin_network.ts";

export const smallbatches8000: Space = {
  name: "small_batches_8000",
  title: "Small batches below 8,000 parameters",
  parameters: { most: 7_999 },
  rungs: [{ epochs: 10, seeds: 2 }],
  base: {
    layers: thinNetworkOf("8 12 P 14 16 P 18"),
    training: { ...oneCycle.training, batchSize: 32 },
  },
  choices: {
    network: thinNetworks([
      "8 12 P 14 16 P 18",
      "10p 10 P 14 16 P 20",
    ]),
    activation: { ReLU: {}, "hard-swish": withActivation("hardSwish") },
  },
};
