/**
 * Branches' ends one behind the other along the channels.
 *
 * @module
 */
import { channelBytes, type Plane } from "../layout.ts";
import {
  type Area,
  type BoundOperation,
  type NodeContext,
  nth,
  type Room,
  type Runtime,
} from "../operation.ts";
import { copyKernel } from "../planes.ts";

class Concat implements BoundOperation {
  #runtime!: Runtime;
  /** Where each input's channels begin in the output, in bytes. */
  readonly #offsets: readonly number[];

  constructor(readonly context: NodeContext<"concat">) {
    const { planner, name, inputs, output } = context;
    let channels = 0;
    this.#offsets = inputs.map(({ plane }) => (channels += plane.channels) - plane.channels)
      .map((first) => first * channelBytes(output.plane));
    inputs.forEach(({ plane }, i) => {
      const part: Plane = { ...output.plane, channels: plane.channels };
      copyKernel(planner, `${name}.forward${i}`, plane, part);
      copyKernel(planner, `${name}.backward${i}`, part, plane);
    });
  }

  bind(runtime: Runtime): void {
    this.#runtime = runtime;
  }

  #part(area: Area, slice: number, input: number): number {
    return nth(area, slice) + this.#offsets[input];
  }

  forward(slice: number): void {
    const { name, inputs, output } = this.context;
    inputs.forEach(({ value }, i) => {
      this.#runtime.kernels[`${name}.forward${i}`](nth(value, slice), this.#part(output.value, slice, i));
    });
  }

  backward(slice: number): void {
    const { name, inputs, output, inputGradient } = this.context;
    inputs.forEach(({ gradient }, i) => {
      if (!inputGradient[i]) return;
      this.#runtime.kernels[`${name}.backward${i}`](
        this.#part(output.gradient, slice, i),
        nth(gradient, slice),
      );
    });
  }

  evaluate(slice: number): void {
    this.forward(slice);
  }
}

export const concat: Room<"concat"> = { plan: (context) => new Concat(context) };
