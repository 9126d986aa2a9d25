/**
 * Normalizes each example over the places and channels of each of `groups` groups, then scales and shifts by channel;
 * the meaning of PyTorch's `GroupNorm`.
 *
 * Source: Wu and He (2018), arXiv:1803.08494.
 *
 * @module
 */
import { optional, positive, positiveInteger } from "../fields.ts";
import { isMap, MisfitError } from "../shape.ts";
import { layerKind } from "./layer_kind.ts";
import { channelAffine } from "./norm_tensors.ts";

export const groupNorm = layerKind("groupNorm", {
  fields: { groups: positiveInteger, epsilon: optional(positive, 1e-5) },
  output(layer, input) {
    if (input[0] % layer.groups !== 0) {
      throw new MisfitError(`"groups" to divide the ${input[0]} channels`, `${layer.groups} does not`);
    }
    return input;
  },
  tensors: (_, [channels]) => channelAffine([channels]),
  // the mean of one channel takes its constant out, that of several does not
  channelShift: ({ groups }, input) => isMap(input) && groups === input[0] ? "removed" : "changed",
});
