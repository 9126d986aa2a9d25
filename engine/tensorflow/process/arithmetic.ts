/**
 * The elementwise formulas' arithmetic on tensors; to be used inside `tf.tidy`.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs-core";
import type { Arithmetic } from "../../arithmetic.ts";

export const TENSOR_ARITHMETIC: Arithmetic<tf.Tensor> = {
  constant: (value) => tf.scalar(value),
  add: (a, b) => tf.add(a, b),
  subtract: (a, b) => tf.sub(a, b),
  multiply: (a, b) => tf.mul(a, b),
  divide: (a, b) => tf.div(a, b),
  squareRoot: (a) => tf.sqrt(a),
  multiplyAdd: (a, b, c) => tf.add(tf.mul(a, b), c),
  multiplySubtract: (a, b, c) => tf.sub(c, tf.mul(a, b)),
  minimum: (a, b) => tf.minimum(a, b),
  maximum: (a, b) => tf.maximum(a, b),
  absolute: (a) => tf.abs(a),
  whereGreater: (a, b, yes, no) => tf.where(tf.greater(a, b), yes, no),
  exponential: (a) => tf.exp(a),
  keep: (a) => a,
};
