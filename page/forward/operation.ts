/**
 * What computes one operation of a network for one image, in plain JavaScript.
 *
 * @module
 */
import type { OperationName, OperationOf } from "../../models/graph.ts";
import type { Shape } from "../../models/shape.ts";

/** What passes between operations: `[C,H,W]` or `[C]`, row-major. */
export interface Value {
  readonly shape: Shape;
  readonly data: Float32Array;
}

/** One operation with what it reads and writes. */
export interface Site<K extends OperationName> {
  readonly operation: OperationOf<K>;
  readonly inputs: readonly Value[];
  /** By their role. */
  readonly tensors: Readonly<Record<string, Float32Array>>;
  readonly output: Value;
}

/** Computes an operation in evaluation mode; sums are float64, rounded once where they are written. */
export type Forward<K extends OperationName> = (site: Site<K>) => void;

/** Elements of each channel. */
export const placesOf = ({ shape }: Value): number => shape.length === 3 ? shape[1] * shape[2] : 1;
