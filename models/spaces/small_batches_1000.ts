/**
 * What `recipe_1000` liked, and neighbours of it: wide first maps, hard-swish, batches of 32 and smaller.
 *
 * @module
 */
import { oneCycle } from "../iterations/05_one_cycle.ts";
import type { Space } from "../search/space.ts";
import { thinNetworkOf, thinNetworks, withActivation } from "../search/thin_network.ts";

export const smallbatches1000: Space = {
  name: "small_batches_1000",
  title: "Small batches below 1,000 parameters",
  parameters: { most: 999 },
  rungs: [{ epochs: 10, seeds: 2, keep: 2 }, { epochs: 20, seeds: 4 }],
  base: {
    layers: thinNetworkOf("3 5 P 4 5 P 7"),
    training: { ...oneCycle.training, batchSize: 32 },
  },
  choices: {
    network: thinNetworks([
      "3 5 P 4 5 P 7",
      "2 5 P 4 5 P 8",
      "2 6 P 4 5 P 7",
      "4 5 P 4 4 P 7",
    ]),
    activation: { "hard-swish": withActivation("hardSwish") },
    batch: { "batches of 32": {}, "batches of 16": { training: { batchSize: 16 } } },
  },
};
