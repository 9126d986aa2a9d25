/**
 * Every operation's room, by its name. A kind of layer that is described in `models/layers/` and has none here does not
 * compile.
 *
 * @module
 */
import type * as tf from "@tensorflow/tfjs-core";
import type { Operation, OperationName } from "../../../../models/graph.ts";
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
import { instanceNorm } from "./instance_norm.ts";
import { layerNorm } from "./layer_norm.ts";
import { leakyRelu } from "./leaky_relu.ts";
import { linear } from "./linear.ts";
import { maxPool } from "./max_pool.ts";
import { prelu } from "./prelu.ts";
import { relu } from "./relu.ts";
import { SHARED_ACTIVATIONS } from "./shared_activation.ts";
import { sigmoid } from "./sigmoid.ts";
import { silu } from "./silu.ts";
import { tanh } from "./tanh.ts";
import type { Circumstances, TensorOperation } from "./operation.ts";

const OPERATIONS = {
  ...SHARED_ACTIVATIONS,
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
  instanceNorm,
  layerNorm,
  leakyRelu,
  linear,
  maxPool,
  prelu,
  relu,
  sigmoid,
  silu,
  tanh,
} satisfies { [K in OperationName]: TensorOperation<K> };

/** Computes a node's value; the table's operation takes what it was found by. */
export function compute(
  operation: Operation,
  inputs: readonly tf.Tensor[],
  circumstances: Circumstances,
): tf.Tensor {
  return (OPERATIONS[operation.kind] as TensorOperation<OperationName>)(
    operation as never,
    inputs,
    circumstances,
  );
}

export type { Circumstances } from "./operation.ts";
