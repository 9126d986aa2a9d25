/**
 * Below 1,000 parameters: running statistics over more batches, the maximum of the last maps in the place of their mean,
 * and whether shifts still help where a network does not see them.
 *
 * @module
 */
import { batchNorm, globalMaxPool, type Layer } from "../layers/mod.ts";
import type { Recipe, Space } from "../search/space.ts";
import { thinNetworkOf } from "../search/thin_network.ts";
import { SMALL_BATCHES } from "../search/thin_training.ts";

const mapped = (change: (layer: Layer) => Layer) => ({ layers, training }: Recipe): Recipe => ({
  layers: layers.map(change),
  training,
});

const network = (words: string) => ({ layers: thinNetworkOf(words, { activation: "hardSwish" }) });

const withGlobalMaxPool = mapped((layer) => layer.kind === "globalAveragePool" ? globalMaxPool() : layer);

const maximumOf = (words: string) => (recipe: Recipe) =>
  withGlobalMaxPool({ ...network(words), training: recipe.training });

export const statistics1000: Space = {
  name: "statistics_1000",
  title: "Running statistics below 1,000 parameters",
  parameters: { most: 999 },
  rungs: [{ epochs: 10, seeds: 2, keep: 3 }, { epochs: 20, seeds: [10, 11, 12, 13] }],
  base: {
    ...network("6 P S10 S10 S10 S12"),
    training: {
      ...SMALL_BATCHES,
      optimizer: { kind: "sgd", learningRate: 0.01, momentum: 0.9, weightDecay: 1e-4 },
      augmentation: [{ kind: "translate", fraction: 0.05 }],
    },
  },
  choices: {
    network: {
      "6 P S10 S10 S10 S12, mean": {},
      "6 P S10 S10d2 S10 S12d2, maximum": maximumOf("6 P S10 S10d2 S10 S12d2"),
      "6 P S10 S10d2 S10d2 S12, maximum": maximumOf("6 P S10 S10d2 S10d2 S12"),
    },
    momentum: {
      "0.1": {},
      "0.01": mapped((layer) => layer.kind === "batchNorm" ? batchNorm({ momentum: 0.01 }) : layer),
    },
    augmentation: {
      "shift by 0.05": {},
      "none": { training: { augmentation: [] } },
    },
  },
};
