/**
 * Below 1,000 parameters: running statistics over more batches, the maximum of the last maps in the place of their mean,
 * and whether shifts still help where a network does not see them.
 *
 * @module
 */
import { batchNorm } from "../layers/mod.ts";
import type { Recipe, Space } from "../search/space.ts";
import { thinNetworkOf, withGlobalMaxPool } from "../search/thin_network.ts";
import { SHIFTS_AND_DECAY } from "../search/thin_training.ts";

const withLongerStatistics = ({ layers, training }: Recipe): Recipe => ({
  layers: layers.map((layer) => layer.kind === "batchNorm" ? batchNorm({ momentum: 0.01 }) : layer),
  training,
});

const network = (words: string) => ({ layers: thinNetworkOf(words, { activation: "hardSwish" }) });

const maximumOf = (words: string) => (recipe: Recipe) =>
  withGlobalMaxPool({ ...network(words), training: recipe.training });

export const statistics1000: Space = {
  name: "statistics_1000",
  title: "Running statistics below 1,000 parameters",
  parameters: { most: 999 },
  rungs: [{ epochs: 10, seeds: 2, keep: 3 }, { epochs: 20, seeds: [10, 11, 12, 13] }],
  base: {
    ...network("6 P S10 S10 S10 S12"),
    training: SHIFTS_AND_DECAY,
  },
  choices: {
    network: {
      "6 P S10 S10 S10 S12, mean": {},
      "6 P S10 S10d2 S10 S12d2, maximum": maximumOf("6 P S10 S10d2 S10 S12d2"),
      "6 P S10 S10d2 S10d2 S12, maximum": maximumOf("6 P S10 S10d2 S10d2 S12"),
    },
    momentum: {
      "0.1": {},
      "0.01": withLongerStatistics,
    },
    augmentation: {
      "shift by 0.05": {},
      "none": { training: { augmentation: [] } },
    },
  },
};
