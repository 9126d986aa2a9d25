/**
 * Below 1,000 parameters a network learns not even its training images: less augmentation, and other places for the
 * channels.
 *
 * @module
 */
import { oneCycle } from "../iterations/05_one_cycle.ts";
import type { Change, Space } from "../search/space.ts";
import { thinNetworkOf } from "../search/thin_network.ts";

const layers = thinNetworkOf("3 5 P 4 5 P 7", { activation: "hardSwish" });
const network = (words: string): Change => ({
  layers: thinNetworkOf(words, { activation: "hardSwish" }),
});

export const littleAugmentation1000: Space = {
  name: "little_augmentation_1000",
  title: "Less augmentation below 1,000 parameters",
  parameters: { most: 999 },
  rungs: [{ epochs: 10, seeds: 2, keep: 3 }, { epochs: 20, seeds: 4 }],
  base: {
    layers,
    training: {
      ...oneCycle.training,
      batchSize: 32,
      augmentation: [{ kind: "translate", fraction: 0.05 }],
    },
  },
  candidates: {
    "shift 0.05": {},
    "no augmentation": { training: { augmentation: [] } },
    "shift 0.03": { training: { augmentation: [{ kind: "translate", fraction: 0.03 }] } },
    "no decay": { training: { optimizer: { weightDecay: 0 } } },
    "rate 0.2": { training: { schedule: { maxLearningRate: 0.2 } } },
    "Adam, rate 0.02": {
      training: { optimizer: { kind: "adam", learningRate: 0.001 }, schedule: { maxLearningRate: 0.02 } },
    },
    "ReLU": { layers: thinNetworkOf("3 5 P 4 5 P 7") },
    "SiLU": { layers: thinNetworkOf("3 5 P 4 5 P 7", { activation: "silu" }) },
    "4 5 P 4 4 P 8": network("4 5 P 4 4 P 8"),
    "5 5 P 4 4 P 7": network("5 5 P 4 4 P 7"),
    "4 5 P 4 4 8": network("4 5 P 4 4 8"),
    "4 5 P 4 4 4 5": network("4 5 P 4 4 4 5"),
  },
};
