/**
 * Below 1,000 parameters, around the best of `one_pool_1000`: how deep and how wide, without decay.
 *
 * @module
 */
import type { Space } from "../search/space.ts";
import { thinNetworkOf, thinNetworks, withActivation } from "../search/thin_network.ts";
import { SMALL_BATCHES } from "../search/thin_training.ts";

export const deep1000: Space = {
  name: "deep_1000",
  title: "Deep networks below 1,000 parameters",
  parameters: { most: 999 },
  rungs: [{ epochs: 10, seeds: 2, keep: 2 }, { epochs: 20, seeds: 4 }],
  base: {
    layers: thinNetworkOf("6 P S10 S10 S10 S12"),
    training: { ...SMALL_BATCHES, augmentation: [{ kind: "translate", fraction: 0.05 }] },
  },
  choices: {
    network: thinNetworks([
      "6 P S10 S10 S10 S12",
      "5 P S8 S9 S9 S9 S10",
      "6 P S8 S8 S8 S8 S10",
      "6 P S10 R R S12",
      "7 P S10 S10 S10 S10",
      "4 S6 P S9 S9 S9 S10",
    ]),
    activation: { "hard-swish": withActivation("hardSwish") },
  },
};
