/**
 * Batch norm, the meaning of PyTorch's `BatchNorm2d` and `BatchNorm1d`.
 *
 * z = weight · (y − mean) / √(variance + epsilon) + bias by channel, mean and (biased) variance over the batch and
 * all places; in evaluation over what was seen: running ← (1 − momentum) · running + momentum · batch, the variance
 * unbiased. A channel needs more than one value in every batch of a training, as in PyTorch; `validateIteration` and
 * the engines refuse others.
 * Source: Ioffe and Szegedy (2015), arXiv:1502.03167.
 *
 * @module
 */
import { fraction, optional, positive } from "../fields.ts";
import { keepsShape, layerKind } from "./layer_kind.ts";
import { channelAffine, runningStatistics } from "./norm_tensors.ts";

export const batchNorm = layerKind("batchNorm", {
  fields: { epsilon: optional(positive, 1e-5), momentum: optional(fraction, 0.1) },
  output: keepsShape,
  tensors: (_, [channels]) => [...channelAffine([channels]), ...runningStatistics(channels)],
  channelShift: () => "removed",
});
