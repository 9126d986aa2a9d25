/**
 * What the normalizing layers have in common.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs-core";
import { scale, shift } from "./broadcast.ts";
import type { Circumstances } from "./operation.ts";

/** A value with mean 0 and variance 1, and what it had before. */
export interface Standardized {
  readonly value: tf.Tensor;
  /** With axes of size 1 where means were taken. */
  readonly mean: tf.Tensor;
  /** Biased, of the same shape. */
  readonly variance: tf.Tensor;
}

/**
 * Means over `axes`, one axis after the other: TensorFlow on a CPU adds the rows of a tensor up one by one, and the
 * error of a float32 sum grows with the root of their number.
 */
const meanOver = (value: tf.Tensor, axes: readonly number[]): tf.Tensor =>
  axes.reduce((mean, axis) => tf.mean(mean, axis, true), value);

/** (x − mean) / √(variance + epsilon), both over `axes`. */
export function standardize(input: tf.Tensor, axes: readonly number[], epsilon: number): Standardized {
  const mean = meanOver(input, axes), centered = shift(input, tf.neg(mean));
  const variance = meanOver(tf.square(centered), axes);
  return { value: scale(centered, tf.rsqrt(tf.add(variance, epsilon))), mean, variance };
}

/** weight · x + bias, by the last axis or by element. */
export const affine = (value: tf.Tensor, { tensors }: Circumstances): tf.Tensor =>
  shift(scale(value, tensors.weight), tensors.bias);

/** All axes but that of the channels: places first, then examples. */
export const axesBeforeChannels = ({ rank }: tf.Tensor): readonly number[] => rank === 4 ? [1, 2, 0] : [0];

/** running ← running + momentum · (batch − running), where a batch in parts has the mean of its parts' statistics. */
export function moveRunningStatistics(
  standardized: readonly Standardized[],
  /** Values that each entry's statistics were taken over, of one channel. */
  counts: readonly number[],
  momentum: number,
  { tensors }: Circumstances,
): void {
  const move = (running: tf.Variable, values: readonly tf.Tensor[]) => {
    const mean = tf.div(values.reduce((sum, value) => tf.add(sum, value)), values.length);
    running.assign(tf.add(running, tf.mul(tf.sub(tf.reshape(mean, running.shape), running), momentum)));
  };
  move(tensors.running_mean, standardized.map(({ mean }) => mean));
  // the unbiased variance, but for a single value, which has none
  move(
    tensors.running_var,
    standardized.map(({ variance }, part) => tf.mul(variance, counts[part] / Math.max(1, counts[part] - 1))),
  );
}

/** Batch norm with the running statistics. */
export function withRunningStatistics(
  input: tf.Tensor,
  epsilon: number,
  circumstances: Circumstances,
): tf.Tensor {
  const { running_mean, running_var } = circumstances.tensors;
  const factor = tf.rsqrt(tf.add(running_var, epsilon));
  return affine(tf.mul(tf.sub(input, running_mean), factor), circumstances);
}
