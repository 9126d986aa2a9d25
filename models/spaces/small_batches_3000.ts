/**
 * The recipe that smaller networks liked, in plain and deep networks below 3,000 parameters.
 *
 * @module
 */
import type { Space } from "../search/space.ts";
import { thinNetworkOf, thinNetworks, withActivation } from "../search/thin_network.ts";
import { SMALL_BATCHES } from "../search/thin_training.ts";

export const smallbatches3000: Space = {
  name: "small_batches_3000",
  title: "Small batches below 3,000 parameters",
  parameters: { most: 2_999 },
  rungs: [{ epochs: 10, seeds: 2, keep: 2 }, { epochs: 20, seeds: 3 }],
  base: {
    layers: thinNetworkOf("5 8 P 8 10 P 11"),
    training: SMALL_BATCHES,
  },
  choices: {
    network: thinNetworks([
      "5 8 P 8 10 P 11",
      "6 8 P S16 S18 S18 S20",
      "10 P S18 S20 S22 S24",
    ]),
    activation: { "hard-swish": withActivation("hardSwish") },
    augmentation: {
      "rotation and shift": {},
      "shift": { training: { augmentation: [{ kind: "translate", fraction: 0.05 }] } },
    },
  },
};
