/**
 * Networks below 1,500 parameters, trained as iteration 5 is.
 *
 * @module
 */
import { oneCycle } from "../iterations/05_one_cycle.ts";
import type { Space } from "../search/space.ts";
import { thinNetworkOf, thinNetworks } from "../search/thin_network.ts";

export const networks1500: Space = {
  name: "networks_1500",
  title: "Networks below 1,500 parameters",
  parameters: { most: 1_499 },
  rungs: [{ epochs: 10, seeds: 2, keep: 4 }, { epochs: 20, seeds: 5 }],
  base: { layers: thinNetworkOf("4 5 P 5 6 P 8"), training: oneCycle.training },
  candidates: thinNetworks([
    "4 5 P 5 6 P 8",
    "4p 4 P 6 7 P 8",
    "5 P 6 7 P 8",
    "4 4 P 5 6 6 P 7",
    "8 S12 P S16 P S20",
    "8 S10 P S12 S14 P S20",
    "12 P S16 S16 P S16",
    "8 S10 P S12 S12 P S12 S12",
    "10 P R R R R P S20",
    "12 P R R R P S16",
    "4 4 P S12 S16 P S20",
    "8 3S P S14 3S P S18",
    "5 5 P 2C S10 P S16",
  ]),
};
