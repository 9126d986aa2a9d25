/**
 * The room of every operation; an operation without one does not compile.
 *
 * @module
 */
import type { OperationName } from "../../../models/graph.ts";
import type { Room } from "../operation.ts";
import { ACTIVATION_ROOMS } from "./activation.ts";
import { add } from "./add.ts";
import { averagePool } from "./average_pool.ts";
import { batchNorm } from "./batch_norm.ts";
import { channelDropout } from "./channel_dropout.ts";
import { concat } from "./concat.ts";
import { conv } from "./conv.ts";
import { dropout } from "./dropout.ts";
import { flatten } from "./flatten.ts";
import { ghostBatchNorm } from "./ghost_batch_norm.ts";
import { globalAveragePool } from "./global_average_pool.ts";
import { globalMaxPool } from "./global_max_pool.ts";
import { groupNorm } from "./group_norm.ts";
import { instanceNorm } from "./instance_norm.ts";
import { layerNorm } from "./layer_norm.ts";
import { linear } from "./linear.ts";
import { maxPool } from "./max_pool.ts";
import { prelu } from "./prelu.ts";

const ROOMS = {
  conv,
  linear,
  flatten,
  batchNorm,
  groupNorm,
  layerNorm,
  instanceNorm,
  ghostBatchNorm,
  ...ACTIVATION_ROOMS,
  prelu,
  maxPool,
  averagePool,
  globalAveragePool,
  globalMaxPool,
  dropout,
  channelDropout,
  add,
  concat,
} satisfies { [K in OperationName]: Room<K> };

/** The room of an operation; it takes the site of the operation that it was found by. */
export const roomOf = (operation: { readonly kind: OperationName }): Room<OperationName> =>
  ROOMS[operation.kind] as Room<OperationName>;
