/**
 * What a room is: it plans the kernels of one operation, forward and backward, in the memory that it is given.
 *
 * @module
 */
import type { Node, OperationName, OperationOf } from "../../models/graph.ts";
import type { Shape } from "../../models/shape.ts";
import type { Kernel } from "./kernel.ts";
import type { Plan } from "./plan.ts";

/** A value in memory: the buffer [T,…shape,N]. */
export interface StoredValue {
  readonly buffer: string;
  readonly shape: Shape;
}

/** The kernels of an operation, in order. */
export interface PlannedOperation {
  readonly forward: readonly Kernel[];
  /** Where evaluation differs. */
  readonly evaluate?: readonly Kernel[];
  readonly backward: readonly Kernel[];
  /** Once before evaluation. */
  readonly beforeEvaluation?: readonly Kernel[];
}

/** A node with the places of what it reads and writes. */
export interface Site<K extends OperationName = OperationName> {
  readonly plan: Plan;
  readonly node: Node;
  readonly operation: OperationOf<K>;
  /** For the labels of kernels: `3 conv`. */
  readonly label: string;
  readonly inputs: readonly StoredValue[];
  readonly output: StoredValue;
  /** Where the gradient of each input belongs; undefined where nothing before it learns. */
  readonly dInputs: readonly (string | undefined)[];
  /** The gradient of the output; undefined where neither the node nor anything before it learns. */
  readonly dOutput: string | undefined;
}

/** Takes places in memory at once; writes the kernels once all places are known. */
export type Planning = () => PlannedOperation;

/** The room of an operation. */
export interface Room<K extends OperationName> {
  /** The output lies where the input lies. */
  readonly sharesValue?: boolean;
  /** The gradient of each input is that of the output, and lies there. */
  readonly sharesGradient?: boolean;
  plan(site: Site<K>): Planning;
}

/** What an operation has that moves nothing. */
export const NOTHING: PlannedOperation = { forward: [], backward: [] };
