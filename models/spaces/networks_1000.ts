/**
 * Networks below 1,000 parameters, trained as iteration 5 is.
 *
 * @module
 */
import { oneCycle } from "../iterations/05_one_cycle.ts";
import type { Space } from "../search/space.ts";
import { thinNetworkOf, thinNetworks } from "../search/thin_network.ts";

export const networks1000: Space = {
  name: "networks_1000",
  title: "Networks below 1,000 parameters",
  parameters: { most: 999 },
  rungs: [{ epochs: 10, seeds: 2, keep: 4 }, { epochs: 20, seeds: 5 }],
  base: { layers: thinNetworkOf("4p P 4 6 P 8"), training: oneCycle.training },
  candidates: thinNetworks([
    "4 P 4 6 P 8",
    "4p P 4 6 P 8",
    "4 4 P 4 5 P 7",
    "5 P 5 6 P 6",
    "3 4 P 4 5 P 8",
    "4 P 4 5 5 P 6",
    "4 3s 5 6 P 7",
    "8 P S12 P S16",
    "8 P S12 P S20",
    "8 S8 P S12 P S16",
    "6 S8 P S10 S10 P S14",
    "6 S8 P S10k5 P S14",
    "8 P S10 S12 P S14",
    "8 P S12k5 P S16",
    "8 S8 P S10 S10 P S12",
    "5 P 2C 6 P 6",
    "6 P 3C P 8",
    "8 P R R P S16",
    "8 P R R R P S14",
    "10 P R R P S14",
    "10 P 3S P S16",
    "12 P 3S P S16",
    "8 3S P S10 3S P S14",
    "10 P 4S S12 P S16",
  ]),
};
