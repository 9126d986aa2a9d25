/**
 * The layers that compute something from one input: the one list of them, from which types, checks and the functions
 * that write layers follow.
 *
 * @module
 */
export { averagePool } from "./average_pool.ts";
export { batchNorm } from "./batch_norm.ts";
export { channelDropout } from "./channel_dropout.ts";
export { conv } from "./conv.ts";
export { dropout } from "./dropout.ts";
export { flatten } from "./flatten.ts";
export { gelu } from "./gelu.ts";
export { ghostBatchNorm } from "./ghost_batch_norm.ts";
export { globalAveragePool } from "./global_average_pool.ts";
export { globalMaxPool } from "./global_max_pool.ts";
export { groupNorm } from "./group_norm.ts";
export { hardSwish } from "./hard_swish.ts";
export { instanceNorm } from "./instance_norm.ts";
export { layerNorm } from "./layer_norm.ts";
export { leakyRelu } from "./leaky_relu.ts";
export { linear } from "./linear.ts";
export { maxPool } from "./max_pool.ts";
export { prelu } from "./prelu.ts";
export { relu } from "./relu.ts";
export { relu6 } from "./relu6.ts";
export { sigmoid } from "./sigmoid.ts";
export { silu } from "./silu.ts";
export { tanh } from "./tanh.ts";
