/**
 * The recipe that smaller networks liked, in plain and deep networks below 1,500 parameters.
 *
 * @module
 */
import type { Space } from "../search/space.ts";
import { thinNetworkOf, thinNetworks, withActivation } from "../search/thin_network.ts";
import { SMALL_BATCHES } from "../search/thin_training.ts";

export const smallbatches1500: Space = {
  name: "small_batches_1500",
  title: "Small batches below 1,500 parameters",
  parameters: { most: 1_499 },
  rungs: [{ epochs: 10, seeds: 2, keep: 2 }, { epochs: 20, seeds: 4 }],
  base: {
    layers: thinNetworkOf("4 6 P 5 6 P 8"),
    training: SMALL_BATCHES,
  },
  choices: {
    network: thinNetworks([
      "4 6 P 5 6 P 8",
      "4 6 P S11 S12 S12 S14",
      "8 P S12 S13 S13 S16",
    ]),
    activation: { "hard-swish": withActivation("hardSwish") },
    augmentation: {
      "rotation and shift": {},
      "shift": { training: { augmentation: [{ kind: "translate", fraction: 0.05 }] } },
    },
  },
};
