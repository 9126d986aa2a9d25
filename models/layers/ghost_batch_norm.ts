/**
 * Batch norm of each of `splits` parts of the batch, the examples in their order, part sizes as equal as possible and
 * larger parts first. The parts' statistics are averaged before they enter the running ones.
 *
 * A batch of fewer examples than `splits` has a part for each example. A part with a single value of a channel (one
 * example, one place) has variance 0 and gives the bias, whatever the value; 0 is what enters the running variance.
 * Source: Hoffer, Hubara and Soudry (2017), arXiv:1705.08741.
 *
 * @module
 */
import { fraction, optional, positive, positiveInteger } from "../fields.ts";
import { keepsShape, layerKind } from "./layer_kind.ts";
import { channelAffine, runningStatistics } from "./norm_tensors.ts";

export const ghostBatchNorm = layerKind("ghostBatchNorm", {
  fields: {
    splits: positiveInteger,
    epsilon: optional(positive, 1e-5),
    momentum: optional(fraction, 0.1),
  },
  output: keepsShape,
  tensors: (_, [channels]) => [...channelAffine([channels]), ...runningStatistics(channels)],
  channelShift: () => "removed",
});

/** First examples of the parts of a batch, and the batch's length at the end. */
export function splitStarts(examples: number, splits: number): readonly number[] {
  const parts = Math.min(examples, splits), size = Math.floor(examples / parts), longer = examples % parts;
  return Array.from({ length: parts + 1 }, (_, part) => part * size + Math.min(part, longer));
}
