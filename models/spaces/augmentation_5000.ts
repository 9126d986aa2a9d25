/**
 * Below 5,000 parameters: augmentations that smaller networks had no room for, and convolutions whose taps are apart.
 *
 * @module
 */
import type { Space } from "../search/space.ts";
import { thinNetworkOf, thinNetworks, withActivation } from "../search/thin_network.ts";
import { SMALL_BATCHES, STRONGER_AUGMENTATIONS } from "../search/thin_training.ts";

export const augmentation5000: Space = {
  name: "augmentation_5000",
  title: "Augmentations below 5,000 parameters",
  parameters: { most: 4_999 },
  rungs: [{ epochs: 10, seeds: 1, keep: 3 }, { epochs: 20, seeds: [1, 2] }],
  base: {
    layers: thinNetworkOf("7 11 P 11 12 P 15"),
    training: SMALL_BATCHES,
  },
  choices: {
    network: thinNetworks([
      "7 11 P 11 12 P 15",
      "8 11 P S24 S28 S28 S32",
      "8 11 P S24 S28d2 S28 S32d2",
    ]),
    activation: { "hard-swish": withActivation("hardSwish") },
    augmentation: {
      "rotation and shift": {},
      ...STRONGER_AUGMENTATIONS,
    },
  },
};
