/**
 * How the reference of an operation is written: forward and backward by the definition, with test cases of its own.
 *
 * @module
 */
import type { OperationName, OperationOf } from "../../../models/graph.ts";
import type { LayerKindName, PlainLayer } from "../../../models/layers/mod.ts";
import type { Shape } from "../../../models/shape.ts";
import type { Tensor } from "./tensor.ts";

/** What the random numbers of a training step depend on. */
export interface Draws {
  /** uint32 */
  readonly seed: number;
  /** 1-based. */
  readonly epoch: number;
  /** Place of each example in the training set. */
  readonly indices: ArrayLike<number>;
  /** Number of the layer among those that draw. */
  readonly ordinal: number;
}

/** What an operation works with beside its inputs. */
export interface Circumstances {
  /** By their role; never written to. */
  readonly tensors: Readonly<Record<string, Float64Array>>;
  /** Absent in evaluation. */
  readonly training?: Draws;
}

/** An operation that has been computed. */
export interface Pass {
  readonly output: Tensor;
  /** Running statistics as this pass leaves them, by their role. */
  readonly statistics?: Readonly<Record<string, Float64Array>>;
  /** From the gradient of the output to those of the inputs, and of the trained tensors by their role. */
  backward(dOutput: Tensor): {
    readonly inputs: readonly Tensor[];
    readonly tensors?: Readonly<Partial<Record<string, Float64Array>>>;
  };
}

/** An operation as it is written in a list of layers. */
export type Written<K extends OperationName> = K extends LayerKindName
  ? Extract<PlainLayer, { readonly kind: K }>
  : { readonly kind: K };

/** One use of an operation that every engine must compute as the reference does. */
export interface OperationCase<K extends OperationName = OperationName> {
  readonly name: string;
  readonly operation: Written<K>;
  /** `[C,S,S]` with S up to 28, or `[C]`; several for an operation that joins. */
  readonly inputs: readonly Shape[];
  /** Examples in the batch. */
  readonly examples: number;
}

/** The reference of one operation. */
export interface ReferenceOperation<K extends OperationName> {
  forward(operation: OperationOf<K>, inputs: readonly Tensor[], circumstances: Circumstances): Pass;
  /** Awkward sizes of every option. */
  readonly cases: readonly OperationCase<K>[];
}
