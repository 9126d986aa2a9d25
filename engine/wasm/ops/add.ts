/**
 * The sum of branches' ends, in their order; each gets the whole gradient.
 *
 * @module
 */
import { type BoundOperation, type NodeContext, nth, type Room, type Runtime } from "../operation.ts";
import { sumKernel } from "../map_sum.ts";
import { copyKernel } from "../planes.ts";

class Add implements BoundOperation {
  #runtime!: Runtime;

  constructor(readonly context: NodeContext<"add">) {
    const { planner, name, inputs, output } = context;
    sumKernel(planner.module, `${name}.forward`, output.plane, inputs.map(({ plane }) => plane));
    inputs.forEach(({ plane }, i) => copyKernel(planner, `${name}.backward${i}`, output.plane, plane));
  }

  bind(runtime: Runtime): void {
    this.#runtime = runtime;
  }

  forward(slice: number): void {
    const { name, inputs, output } = this.context;
    const from = inputs.map(({ value }) => nth(value, slice));
    this.#runtime.kernels[`${name}.forward`](nth(output.value, slice), ...from);
  }

  backward(slice: number): void {
    const { name, inputs, output, inputGradient } = this.context;
    inputs.forEach(({ gradient }, i) => {
      if (!inputGradient[i]) return;
      this.#runtime.kernels[`${name}.backward${i}`](nth(output.gradient, slice), nth(gradient, slice));
    });
  }

  evaluate(slice: number): void {
    this.forward(slice);
  }
}

export const add: Room<"add"> = { plan: (context) => new Add(context) };
