/**
 * Below 20,000 parameters: plain and separable networks of two pools, and augmentations that there is room for.
 *
 * @module
 */
import type { Space } from "../search/space.ts";
import { thinNetworkOf, thinNetworks, withActivation } from "../search/thin_network.ts";
import { SMALL_BATCHES, STRONGER_AUGMENTATIONS } from "../search/thin_training.ts";

export const augmentation20000: Space = {
  name: "augmentation_20000",
  title: "Augmentations below 20,000 parameters",
  parameters: { most: 19_999 },
  rungs: [{ epochs: 10, seeds: 1 }],
  base: {
    layers: thinNetworkOf("11 20 P 22 26 P 30"),
    training: SMALL_BATCHES,
  },
  choices: {
    network: thinNetworks(["11 20 P 22 26 P 30", "12 18 P S48 S56 P S72 S80"]),
    activation: { "hard-swish": withActivation("hardSwish") },
    augmentation: {
      "rotation and shift": {},
      "affine, bilinear": STRONGER_AUGMENTATIONS["affine, bilinear"],
      "elastic and shift": STRONGER_AUGMENTATIONS["elastic and shift"],
    },
  },
};
