/**
 * What smaller networks liked, below 5,000 parameters.
 *
 * @module
 */
import type { Space } from "../search/space.ts";
import { thinNetworkOf, thinNetworks, withActivation } from "../search/thin_network.ts";
import { SMALL_BATCHES } from "../search/thin_training.ts";

export const deep5000: Space = {
  name: "deep_5000",
  title: "Plain and deep networks below 5,000 parameters",
  parameters: { most: 4_999 },
  rungs: [{ epochs: 10, seeds: 2 }],
  base: {
    layers: thinNetworkOf("7 11 P 11 12 P 15"),
    training: SMALL_BATCHES,
  },
  choices: {
    network: thinNetworks([
      "7 11 P 11 12 P 15",
      "8 11 P S24 S28 S28 S32",
    ]),
    activation: { "hard-swish": withActivation("hardSwish") },
  },
};
