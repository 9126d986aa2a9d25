/**
 * The best networks below 1,000 parameters that `networks_1000` found and some near them, and the recipe.
 *
 * @module
 */
import { oneCycle } from "../iterations/05_one_cycle.ts";
import type { Space } from "../search/space.ts";
import { thinNetworkOf, thinNetworks, withActivation } from "../search/thin_network.ts";

export const recipe1000: Space = {
  name: "recipe_1000",
  title: "Networks and recipes below 1,000 parameters",
  parameters: { most: 999 },
  rungs: [{ epochs: 10, seeds: 2, keep: 6 }, { epochs: 20, seeds: 5 }],
  sample: { count: 32, seed: 1 },
  base: { layers: thinNetworkOf("3 4 P 4 5 P 8"), training: oneCycle.training },
  choices: {
    network: thinNetworks([
      "3 4 P 4 5 P 8",
      "3 4 P 4 4 4 P 6",
      "3 3 P 4 4 5 P 7",
      "2 4 P 5 5 P 7",
      "3 5 P 4 5 P 7",
      "3 4 P S10 S12 P S16",
      "3 4 P 5 S12 P S16",
    ]),
    activation: { ReLU: {}, "hard-swish": withActivation("hardSwish") },
    batch: { "batches of 128": {}, "batches of 32": { training: { batchSize: 32 } } },
    augmentation: {
      "rotation and shift": {},
      "shift": { training: { augmentation: [{ kind: "translate", fraction: 0.05 }] } },
    },
  },
};
