/**
 * The forms of every operation, by its name: a kind without a form in each format does not compile.
 *
 * @module
 */
import type { OperationName } from "../../models/graph.ts";
import type { LayerForms } from "../layer_forms.ts";
import { add } from "./add.ts";
import { averagePool } from "./average_pool.ts";
import { batchNorm } from "./batch_norm.ts";
import { channelDropout } from "./channel_dropout.ts";
import { concat } from "./concat.ts";
import { conv } from "./conv.ts";
import { dropout } from "./dropout.ts";
import { flatten } from "./flatten.ts";
import { gelu } from "./gelu.ts";
import { ghostBatchNorm } from "./ghost_batch_norm.ts";
import { globalAveragePool } from "./global_average_pool.ts";
import { globalMaxPool } from "./global_max_pool.ts";
import { groupNorm } from "./group_norm.ts";
import { hardSwish } from "./hard_swish.ts";
import { instanceNorm } from "./instance_norm.ts";
import { layerNorm } from "./layer_norm.ts";
import { leakyRelu } from "./leaky_relu.ts";
import { linear } from "./linear.ts";
import { maxPool } from "./max_pool.ts";
import { prelu } from "./prelu.ts";
import { relu } from "./relu.ts";
import { relu6 } from "./relu6.ts";
import { sigmoid } from "./sigmoid.ts";
import { silu } from "./silu.ts";
import { tanh } from "./tanh.ts";

/** A room for each operation. */
export const FORMS = {
  add,
  averagePool,
  batchNorm,
  channelDropout,
  concat,
  conv,
  dropout,
  flatten,
  gelu,
  ghostBatchNorm,
  globalAveragePool,
  globalMaxPool,
  groupNorm,
  hardSwish,
  instanceNorm,
  layerNorm,
  leakyRelu,
  linear,
  maxPool,
  prelu,
  relu,
  relu6,
  sigmoid,
  silu,
  tanh,
} satisfies { readonly [K in OperationName]: LayerForms<K> };
