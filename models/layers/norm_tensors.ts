/**
 * The tensors that normalizing layers have in common.
 *
 * @module
 */
import type { LayerTensor } from "./layer_kind.ts";

const ONE = { kind: "constant", value: 1 } as const, ZERO = { kind: "constant", value: 0 } as const;

/** A factor and a summand of this shape; they start as 1 and 0. */
export const channelAffine = (shape: readonly number[]): readonly LayerTensor[] => [
  { name: "weight", group: "norm", shape, start: ONE },
  { name: "bias", group: "norm", shape, start: ZERO },
];

/** What evaluation normalizes with; mean 0 and variance 1 at the start. */
export const runningStatistics = (channels: number): readonly LayerTensor[] => [
  { name: "running_mean", group: "statistic", shape: [channels], start: ZERO },
  { name: "running_var", group: "statistic", shape: [channels], start: ONE },
];
