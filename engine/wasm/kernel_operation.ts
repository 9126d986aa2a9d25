/**
 * Operations of one input that keep nothing of their own: a kernel forward and a kernel back.
 *
 * @module
 */
import type { OperationName } from "../../models/graph.ts";
import { type BoundOperation, kernelsOf, type NodeContext, nth, type Runtime } from "./operation.ts";

/**
 * Runs `<name>.forward(input, output)` and `<name>.backward(dOutput, dInput)`, or where the gradient depends on the
 * input `<name>.backward(input, dOutput, dInput)`, which whoever plans it has added to the module.
 */
export class KernelOperation implements BoundOperation {
  #kernels: Runtime["kernels"] = {};

  constructor(
    readonly context: Pick<NodeContext<OperationName>, "name" | "inputs" | "output" | "inputGradient">,
    readonly options: { readonly backwardReads: "input" | "nothing" },
  ) {}

  bind(runtime: Runtime): void {
    this.#kernels = kernelsOf(runtime, this.context.name);
  }

  forward(slice: number): void {
    const { inputs: [input], output } = this.context;
    this.#kernels.forward(nth(input.value, slice), nth(output.value, slice));
  }

  backward(slice: number): void {
    const { inputs: [input], output, inputGradient } = this.context;
    if (!inputGradient[0]) return;
    const read = this.options.backwardReads === "input" ? [nth(input.value, slice)] : [];
    this.#kernels.backward(
      ...read,
      nth(output.gradient, slice),
      nth(input.gradient, slice),
    );
  }

  evaluate(slice: number): void {
    this.forward(slice);
  }
}
