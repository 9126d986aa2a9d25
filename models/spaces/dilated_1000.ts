/**
 * Below 1,000 parameters: taps further apart, which see more of the digit with as few weights; what the last maps are
 * summed up by; and shifts that interpolate.
 *
 * @module
 */
import type { Space } from "../search/space.ts";
import { thinNetworkOf, thinNetworks, withActivation, withGlobalMaxPool } from "../search/thin_network.ts";
import { SHIFTS_AND_DECAY } from "../search/thin_training.ts";

export const dilated1000: Space = {
  name: "dilated_1000",
  title: "Dilated convolutions below 1,000 parameters",
  parameters: { most: 999 },
  rungs: [{ epochs: 10, seeds: 2, keep: 4 }, { epochs: 20, seeds: [10, 11, 12, 13] }],
  base: {
    layers: thinNetworkOf("6 P S10 S10 S10 S12"),
    training: SHIFTS_AND_DECAY,
  },
  choices: {
    network: thinNetworks([
      "6 P S10 S10 S10 S12",
      "6 P S10 S10d2 S10 S12d2",
      "6 P S10 S10d2 S10d2 S12",
      "6 P S10d2 S10d2 S10d2 S12d2",
    ]),
    pool: { "average": {}, "maximum": withGlobalMaxPool },
    activation: { "hard-swish": withActivation("hardSwish") },
    augmentation: {
      "shift by pixels": {},
      "shift and rotation, bilinear": {
        training: {
          augmentation: [{
            kind: "affine",
            degrees: 5,
            translate: 0.05,
            scale: [0.95, 1.05],
            shear: 0,
            interpolation: "bilinear",
          }],
        },
      },
    },
  },
};
