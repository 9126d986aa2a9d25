/**
 * Below 8,000 parameters: the networks that others of their size or larger liked, trained as those below 5,000 are.
 *
 * @module
 */
import type { Space } from "../search/space.ts";
import { thinNetworkOf, thinNetworks, withActivation } from "../search/thin_network.ts";
import { SMALL_BATCHES, STRONGER_AUGMENTATIONS } from "../search/thin_training.ts";

export const deep8000: Space = {
  name: "deep_8000",
  title: "Plain and deep networks below 8,000 parameters",
  parameters: { most: 7_999 },
  rungs: [{ epochs: 10, seeds: 1 }],
  base: {
    layers: thinNetworkOf("8 12 P 15 16 P 20"),
    training: SMALL_BATCHES,
  },
  choices: {
    network: thinNetworks([
      "8 12 P 15 16 P 20",
      "10 14 P S32 S36 S36 S42",
      "9 14 P S32 S34 P S40 S44",
    ]),
    activation: { "hard-swish": withActivation("hardSwish") },
    augmentation: { "affine, bilinear": STRONGER_AUGMENTATIONS["affine, bilinear"] },
  },
};
