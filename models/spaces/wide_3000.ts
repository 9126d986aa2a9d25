/**
 * The best of `small_batches_3000`, with all the parameters that it may have.
 *
 * @module
 */
import type { Space } from "../search/space.ts";
import { thinNetworkOf, thinNetworks, withActivation } from "../search/thin_network.ts";
import { SMALL_BATCHES } from "../search/thin_training.ts";

export const wide3000: Space = {
  name: "wide_3000",
  title: "Wider deep networks below 3,000 parameters",
  parameters: { most: 2_999 },
  rungs: [{ epochs: 20, seeds: 2 }],
  base: {
    layers: thinNetworkOf("6 8 P S18 S20 S20 S24"),
    training: SMALL_BATCHES,
  },
  choices: {
    network: thinNetworks([
      "6 8 P S18 S20 S20 S24",
      "7 8 P S18 S20 S20 S22",
    ]),
    activation: { "hard-swish": withActivation("hardSwish") },
  },
};
