/**
 * Networks below 5,000 parameters, trained as iteration 5 is.
 *
 * @module
 */
import { oneCycle } from "../iterations/05_one_cycle.ts";
import type { Space } from "../search/space.ts";
import { thinNetworkOf, thinNetworks } from "../search/thin_network.ts";

export const networks5000: Space = {
  name: "networks_5000",
  title: "Networks below 5,000 parameters",
  parameters: { most: 4_999 },
  rungs: [{ epochs: 10, seeds: 2, keep: 4 }, { epochs: 20, seeds: 5 }],
  base: { layers: thinNetworkOf("8p 8 P 12 12 P 16"), training: oneCycle.training },
  candidates: thinNetworks([
    "8p 8 P 12 12 P 16",
    "6p 8 P 10 14 P 16",
    "8p 8 P 10 10 10 P 14",
    "6p 8 P 11 12 P 18",
    "14 S20 P S28 S32 P S44",
    "8p 8 P 12 S24 S30 P S36",
  ]),
};
