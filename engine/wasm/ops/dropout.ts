/**
 * Dropout of elements, in place.
 *
 * @module
 */
import type { OperationOf } from "../../../models/graph.ts";
import {
  type Area,
  type BoundOperation,
  kernelsOf,
  type NodeContext,
  nth,
  type Room,
  type Runtime,
  SLICE_RECORD,
  type Step,
} from "../operation.ts";
import { dropoutKernels, maskBytes } from "./dropout_kernels.ts";

type Context = Omit<NodeContext<"dropout">, "operation"> & {
  readonly operation: OperationOf<"dropout"> | OperationOf<"channelDropout">;
};

/** Dropout of elements or of whole channels. */
export class Dropout implements BoundOperation {
  #kernels: Runtime["kernels"] = {};
  readonly #context: Context;
  readonly #masks: Area;

  constructor(context: Context) {
    const { planner, name, operation: { kind, p }, output: { plane }, randomOrdinal } = context;
    const plan = { plane, p, channels: kind === "channelDropout", ordinal: randomOrdinal! };
    this.#context = context;
    dropoutKernels(planner.module, name, plan);
    this.#masks = planner.perSlice(maskBytes(plan));
  }

  bind(runtime: Runtime): void {
    this.#kernels = kernelsOf(runtime, this.#context.name);
  }

  forward(slice: number, { epoch, seed }: Step): void {
    const { sliceRecords, output } = this.#context;
    const masks = nth(this.#masks, slice), indices = nth(sliceRecords, slice) + SLICE_RECORD.indices;
    this.#kernels.draw(masks, indices, epoch, seed);
    this.#kernels.apply(nth(output.value, slice), masks);
  }

  backward(slice: number): void {
    const { output, inputGradient } = this.#context;
    if (!inputGradient[0]) return;
    this.#kernels.apply(nth(output.gradient, slice), nth(this.#masks, slice));
  }

  evaluate(): void {}
}

export const dropout: Room<"dropout"> = { plan: (context) => new Dropout(context), inPlace: true };
