/**
 * Below 8,000 parameters: plain and separable networks of two pools, and two augmentations.
 *
 * @module
 */
import type { Space } from "../search/space.ts";
import { thinNetworkOf, thinNetworks, withActivation } from "../search/thin_network.ts";
import { SMALL_BATCHES, STRONGER_AUGMENTATIONS } from "../search/thin_training.ts";

export const augmentation8000: Space = {
  name: "augmentation_8000",
  title: "Augmentations below 8,000 parameters",
  parameters: { most: 7_999 },
  rungs: [{ epochs: 10, seeds: 1 }],
  base: {
    layers: thinNetworkOf("8 12 P 15 16 P 20"),
    training: SMALL_BATCHES,
  },
  choices: {
    network: thinNetworks(["8 12 P 15 16 P 20", "9 14 P S32 S34 P S40 S44"]),
    activation: { "hard-swish": withActivation("hardSwish") },
    augmentation: {
      "rotation and shift": {},
      "affine, bilinear": STRONGER_AUGMENTATIONS["affine, bilinear"],
    },
  },
};
