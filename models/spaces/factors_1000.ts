/**
 * Below 1,000 parameters: many small decisions of the training at once, a few combinations of all that are possible, so
 * that each trial says something about every one of them.
 *
 * @module
 */
import type { Recipe, Space } from "../search/space.ts";
import { thinNetworkOf, withActivation, withGlobalMaxPool } from "../search/thin_network.ts";
import { SHIFTS_AND_DECAY } from "../search/thin_training.ts";

/** The taps of two convolutions apart, and the maximum of the last maps. */
const dilatedMaximum = ({ training }: Recipe): Recipe =>
  withGlobalMaxPool({ layers: thinNetworkOf("6 P S10 S10d2 S10 S12d2"), training });

export const factors1000: Space = {
  name: "factors_1000",
  title: "Small decisions below 1,000 parameters",
  parameters: { most: 999 },
  rungs: [{ epochs: 10, seeds: 1, keep: 2 }, { epochs: 20, seeds: [1, 2, 3] }],
  base: {
    layers: thinNetworkOf("6 P S10 S10 S10 S12"),
    training: SHIFTS_AND_DECAY,
  },
  choices: {
    network: { "mean": {}, "dilated maximum": dilatedMaximum },
    activation: { "hard-swish": withActivation("hardSwish"), "SiLU": withActivation("silu") },
    rate: { "rate 0.2": {}, "rate 0.1": { training: { schedule: { maxLearningRate: 0.1 } } } },
    batch: { "batches of 32": {}, "of 64": { training: { batchSize: 64 } } },
    momentum: { "cycled momentum": {}, "constant": { training: { schedule: { momentum: false } } } },
    warmUp: { "warm-up 0.2": {}, "0.4": { training: { schedule: { warmUp: 0.4 } } } },
    anneal: { "cosine": {}, "linear": { training: { schedule: { anneal: "linear" } } } },
    decay: { "decay 1e-4": {}, "none": { training: { optimizer: { weightDecay: 0 } } } },
  },
  sample: { count: 32, seed: 1000 },
};
