/**
 * Drops channels: the factors are [N,1,1,C].
 *
 * @module
 */
import { drop } from "./drop.ts";
import type { TensorOperation } from "./operation.ts";

export const channelDropout: TensorOperation<"channelDropout"> = (_, [input], circumstances) =>
  drop(input, circumstances);
