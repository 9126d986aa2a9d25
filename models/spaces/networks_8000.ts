/**
 * Networks below 8,000 parameters, trained as iteration 5 is.
 *
 * @module
 */
import { oneCycle } from "../iterations/05_one_cycle.ts";
import type { Space } from "../search/space.ts";
import { thinNetworkOf, thinNetworks } from "../search/thin_network.ts";

export const networks8000: Space = {
  name: "networks_8000",
  title: "Networks below 8,000 parameters",
  parameters: { most: 7_999 },
  rungs: [{ epochs: 10, seeds: 2, keep: 4 }, { epochs: 20, seeds: 5 }],
  base: { layers: thinNetworkOf("10p 10 P 14 16 P 20"), training: oneCycle.training },
  candidates: thinNetworks([
    "10p 10 P 14 16 P 20",
    "8p 10 P 14 16 P 22",
    "10p 10 P 12 13 13 P 18",
    "10p 10 P 14 S32 S40 P S50",
  ]),
};
