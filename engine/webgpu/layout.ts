/**
 * How tensors lie in device memory.
 *
 * An activation is `[T,C,H,W,N]`: trials outermost, the examples of a batch innermost, so that neighbouring
 * invocations of a workgroup read neighbouring addresses and no number of channels needs padding. N is the batch size
 * rounded up to whole blocks of 32 examples; what is beyond a batch's last example is computed along and never counted.
 *
 * Legend, here and in every kernel: `trial` T, `n` example, `c` input channel, `k` output channel, `i`, `j` row and
 * column of an output, `a`, `b` row and column of a filter, `e` element (c·H + h)·W + w of an example.
 *
 * @module
 */

/** Examples that one row of a workgroup works on: a warp on NVIDIA GPUs. */
export const LANES = 32;

/** Most invocations of a workgroup: WebGPU's default limit. */
export const MAXIMUM_INVOCATIONS = 256;

/** Most bytes of a workgroup's memory: WebGPU's default limit. */
export const MAXIMUM_WORKGROUP_BYTES = 16384;

/** Examples that memory is laid out for. */
export function laneCount(batchSize: number): number {
  return Math.ceil(batchSize / LANES) * LANES;
}
