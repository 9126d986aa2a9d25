/**
 * Every operation of a network as this engine computes it. What is missing here does not compile.
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

export const OPERATIONS = {
  ...ACTIVATION_ROOMS,
  add,
  averagePool,
  batchNorm,
  channelDropout,
  concat,
  conv,
  dropout,
  flatten,
  ghostBatchNorm,
  globalAveragePool,
  globalMaxPool,
  groupNorm,
  instanceNorm,
  layerNorm,
  linear,
  maxPool,
  prelu,
} satisfies { readonly [K in OperationName]: Room<K> };
