/**
 * Every operation in plain JavaScript. What is missing here does not compile.
 *
 * @module
 */
import type { OperationName } from "../../../models/graph.ts";
import type { Forward } from "../operation.ts";
import { ACTIVATION_FORWARDS } from "./activation.ts";
import { add } from "./add.ts";
import { batchNorm } from "./batch_norm.ts";
import { concat } from "./concat.ts";
import { conv } from "./conv.ts";
import { groupNorm, instanceNorm, layerNorm } from "./example_norm.ts";
import { linear } from "./linear.ts";
import { averagePool, globalAveragePool, globalMaxPool, maxPool } from "./pool.ts";
import { prelu } from "./prelu.ts";
import { unchanged } from "./unchanged.ts";

const FORWARDS = {
  ...ACTIVATION_FORWARDS,
  add,
  averagePool,
  batchNorm,
  channelDropout: unchanged,
  concat,
  conv,
  dropout: unchanged,
  flatten: unchanged,
  ghostBatchNorm: batchNorm,
  globalAveragePool,
  globalMaxPool,
  groupNorm,
  instanceNorm,
  layerNorm,
  linear,
  maxPool,
  prelu,
} satisfies { readonly [K in OperationName]: Forward<K> };

/** What computes an operation; it takes the site of the operation that it was found by. */
export const forwardOf = ({ kind }: { readonly kind: OperationName }): Forward<OperationName> =>
  FORWARDS[kind] as unknown as Forward<OperationName>;
