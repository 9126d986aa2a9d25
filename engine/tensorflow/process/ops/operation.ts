/**
 * How an operation is computed with TensorFlow.js: forward only, since TensorFlow.js derives the gradients.
 *
 * Maps are [N,H,W,C], vectors [N,C]. Written from the definitions and from nothing in the other engines, because it is
 * there to check them.
 *
 * @module
 */
import type * as tf from "@tensorflow/tfjs-core";
import type { OperationName, OperationOf } from "../../../../models/graph.ts";

/** What an operation works with beside its inputs. */
export interface Circumstances {
  /** By their role, as `layout.ts` turns them; running statistics are moved in training. */
  readonly tensors: Readonly<Record<string, tf.Variable>>;
  /** Absent in evaluation. */
  readonly training?: {
    /** What a layer that drops something multiplies with. */
    readonly factors?: tf.Tensor;
  };
}

/** Computes the value of a node from those that it reads. */
export type TensorOperation<K extends OperationName> = (
  operation: OperationOf<K>,
  inputs: readonly tf.Tensor[],
  circumstances: Circumstances,
) => tf.Tensor;
