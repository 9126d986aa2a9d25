/**
 * Networks below 3,000 parameters, trained as iteration 5 is.
 *
 * @module
 */
import { oneCycle } from "../iterations/05_one_cycle.ts";
import type { Space } from "../search/space.ts";
import { thinNetworkOf, thinNetworks } from "../search/thin_network.ts";

export const networks3000: Space = {
  name: "networks_3000",
  title: "Networks below 3,000 parameters",
  parameters: { most: 2_999 },
  rungs: [{ epochs: 10, seeds: 2, keep: 4 }, { epochs: 20, seeds: 5 }],
  base: { layers: thinNetworkOf("6p 6 P 8 10 P 12"), training: oneCycle.training },
  candidates: thinNetworks([
    "6p 6 P 8 10 P 12",
    "6 6 P 8 10 P 12",
    "4p 6 P 8 10 P 13",
    "5p 5 P 7 8 8 P 11",
    "8p 8 P 8 8 P 10",
    "5p 7 P 8 9 P 13",
    "12 S16 P S24 P S32",
    "10 S14 P S20 S24 P S30",
    "10 S12 S16 P S20 S20 P S26",
    "6p 6 P S16 S20 S20 P S26",
    "6p 6 P 8 S16 S24 P S28",
    "16 P R R R R P S32",
  ]),
};
