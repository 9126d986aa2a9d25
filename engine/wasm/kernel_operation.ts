/**
 * Operations of one input that keep nothing of their own: a kernel forward and a kernel back.
 *
 * @module
 */
import type { OperationName } from "../../models/graph.ts";
import { type BoundOperation, type NodeContext, nth, type Runtime } from "./operation.ts";

/**
 * Runs `<name>.forward(input, output)` and `<name>.backward(dOutput, dInput)`, or where the gradient depends on the
 * input `<name>.backward(input, dOutput, dInput)`, which whoever plans it has added to the module.
 */
export class KernelOperation implements BoundOperation {
  #runtime!: Runtime;

  constructor(
    readonly context: Pick<NodeContext<OperationName>, "name" | "inputs" | "output" | "inputGradient">,
    readonly options: { readonly backwardReads: "input" | "nothing" },
  ) {}

  bind(runtime: Runtime): void {
    this.#runtime = runtime;
  }

  forward(slice: number): void {
    const { name, inputs: [input], output } = this.context;
    this.#runtime.kernels[`${name}.forward`](nth(input.value, slice), nth(output.value, slice));
  }

  backward(slice: number): void {
    const { name, inputs: [input], output, inputGradient } = this.context;
    if (!inputGradient[0]) return;
    const read = this.options.backwardReads === "input" ? [nth(input.value, slice)] : [];
    this.#runtime.kernels[`${name}.backward`](
      ...read,
      nth(output.gradient, slice),
      nth(input.gradient, slice),
    );
  }

  evaluate(slice: number): void {
    this.forward(slice);
  }
}
