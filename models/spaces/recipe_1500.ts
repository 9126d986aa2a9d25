/**
 * Plain networks below 1,500 parameters, and the recipe.
 *
 * @module
 */
import { oneCycle } from "../iterations/05_one_cycle.ts";
import type { Space } from "../search/space.ts";
import { thinNetworkOf, thinNetworks, withActivation } from "../search/thin_network.ts";

export const recipe1500: Space = {
  name: "recipe_1500",
  title: "Networks and recipes below 1,500 parameters",
  parameters: { most: 1_499 },
  rungs: [{ epochs: 10, seeds: 2, keep: 6 }, { epochs: 20, seeds: 5 }],
  sample: { count: 20, seed: 1 },
  base: { layers: thinNetworkOf("4 5 P 5 6 P 8"), training: oneCycle.training },
  choices: {
    network: thinNetworks([
      "4 5 P 5 6 P 8",
      "4 4 P 5 5 6 P 7",
      "4 4 4 P 5 6 P 8",
      "4 5 P 5 5 5 P 7",
      "3 5 P 5 6 P 9",
    ]),
    activation: { ReLU: {}, "hard-swish": withActivation("hardSwish") },
    batch: { "batches of 128": {}, "batches of 32": { training: { batchSize: 32 } } },
    augmentation: {
      "rotation and shift": {},
      "shift": { training: { augmentation: [{ kind: "translate", fraction: 0.05 }] } },
    },
  },
};
