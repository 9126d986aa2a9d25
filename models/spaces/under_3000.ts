/**
 * Below 3,000 parameters: which widths, how large a learning rate, how much augmentation.
 *
 * @module
 */
import { oneCycle } from "../iterations/05_one_cycle.ts";
import type { Space } from "../search/space.ts";
import { thinNetwork } from "../search/thin_network.ts";

export const under3000: Space = {
  name: "under_3000",
  title: "Below 3,000 parameters",
  parameters: { most: 2_999 },
  rungs: [
    { epochs: 5, seeds: 2, keep: 1 / 3 },
    { epochs: 10, seeds: 3, keep: 6 },
    { epochs: 20, seeds: 5 },
  ],
  base: {
    layers: thinNetwork([{ out: 6, padding: 1 }, 6, "pool", 8, 10, "pool", 12]),
    training: oneCycle.training,
  },
  choices: {
    // channels of each convolution, a space for each pool
    widths: {
      "6-6 8-10 12": {}, // 2,824 parameters
      "8-8 8-9 10": { layers: thinNetwork([{ out: 8, padding: 1 }, 8, "pool", 8, 9, "pool", 10]) }, // 2,878
      "4-6 8-11 13": { layers: thinNetwork([{ out: 4, padding: 1 }, 6, "pool", 8, 11, "pool", 13]) }, // 2,987
      "4-5 8-10 16": { layers: thinNetwork([{ out: 4, padding: 1 }, 5, "pool", 8, 10, "pool", 16]) }, // 2,992
      "5-5 7-8-9 11": {
        layers: thinNetwork([{ out: 5, padding: 1 }, 5, "pool", { out: 7, padding: 1 }, 8, 9, "pool", 11]),
      }, // 2,838
    },
    "largest rate": {
      "rate 0.1": {},
      "rate 0.2": { training: { schedule: { maxLearningRate: 0.2 } } },
      "rate 0.4": { training: { schedule: { maxLearningRate: 0.4 } } },
    },
    augmentation: {
      "rotate and shift": {},
      shift: { training: { augmentation: [{ kind: "translate", fraction: 0.05 }] } },
      "none": { training: { augmentation: [] } },
    },
  },
};
