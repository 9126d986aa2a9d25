/**
 * Dropout of elements, in place.
 *
 * @module
 */
import type { OperationOf } from "../../../models/graph.ts";
import {
  type BoundOperation,
  type NodeContext,
  nth,
  type Room,
  type Runtime,
  SLICE_RECORD,
  type Step,
} from "../operation.ts";
import { dropoutKernels, type DropoutPlan, elementOffsets } from "./dropout_kernels.ts";

type Context = Omit<NodeContext<"dropout">, "operation"> & {
  readonly operation: OperationOf<"dropout"> | OperationOf<"channelDropout">;
};

/**
 * Dropout of elements or of whole channels.
 *
 * Values that are never below 0 serve as the mask in the backward pass. A reader in place may have changed them, but
 * only to 0 and only where it lets no gradient through.
 */
export class Dropout implements BoundOperation {
  #runtime!: Runtime;
  readonly #context: Context;
  readonly #plan: DropoutPlan;
  readonly #offsets: number;

  constructor(context: Context) {
    const { planner, name, operation, output, randomOrdinal } = context;
    const channels = operation.kind === "channelDropout";
    this.#context = context;
    this.#plan = { plane: output.plane, p: operation.p, channels, ordinal: randomOrdinal! };
    dropoutKernels(planner.module, name, this.#plan);
    this.#offsets = channels ? 0 : planner.allocate(4 * elementOffsets(output.plane).length);
  }

  bind(runtime: Runtime): void {
    this.#runtime = runtime;
    if (!this.#plan.channels && runtime.rank === 0) {
      runtime.i32.set(elementOffsets(this.#plan.plane), this.#offsets / 4);
    }
  }

  #apply(data: number, slice: number, { epoch, seed }: Step): void {
    const indices = nth(this.#context.sliceRecords, slice) + SLICE_RECORD.indices;
    this.#runtime.kernels[`${this.#context.name}.apply`](data, this.#offsets, indices, epoch, seed);
  }

  forward(slice: number, step: Step): void {
    this.#apply(nth(this.#context.output.value, slice), slice, step);
  }

  backward(slice: number, step: Step): void {
    const { name, output, inputGradient, inputNotNegative } = this.#context;
    if (!inputGradient[0]) return;
    const gradient = nth(output.gradient, slice);
    if (!inputNotNegative[0]) this.#apply(gradient, slice, step);
    else this.#runtime.kernels[`${name}.gradient`](nth(output.value, slice), gradient);
  }

  evaluate(): void {}
}

export const dropout: Room<"dropout"> = { plan: (context) => new Dropout(context), inPlace: true };
