/**
 * Below 5,000 parameters: augmentations that smaller networks had no room for, and convolutions whose taps are apart.
 *
 * @module
 */
import type { Augmentation } from "../recipe/augmentations/mod.ts";
import type { Space } from "../search/space.ts";
import { thinNetworkOf, thinNetworks, withActivation } from "../search/thin_network.ts";
import { SMALL_BATCHES } from "../search/thin_training.ts";

const augmented = (...augmentation: readonly Augmentation[]) => ({ training: { augmentation } });

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
      "affine, bilinear": augmented({
        kind: "affine",
        degrees: 10,
        translate: 0.1,
        scale: [0.9, 1.1],
        shear: 5,
        interpolation: "bilinear",
      }),
      "elastic and shift": augmented(
        { kind: "elastic", alpha: 40, sigma: 4 },
        { kind: "translate", fraction: 0.05 },
      ),
      "rotation by 10 and shift by 0.1": augmented(
        { kind: "rotate", degrees: 10 },
        { kind: "translate", fraction: 0.1 },
      ),
    },
  },
};
