/**
 * Convolution. `convolver.ts` has the methods; here are the copies for neighbours whose planes do not suit them.
 *
 * @module
 */
import { type Convolver, convolverPlanes, planConvolver } from "../convolver.ts";
import { sliceBytes } from "../layout.ts";
import {
  type Area,
  type BoundOperation,
  type FeatureMap,
  type NodeContext,
  nth,
  type Room,
  type Runtime,
  type Step,
} from "../operation.ts";
import { copyKernel } from "../planes.ts";

class Convolution implements BoundOperation {
  readonly #name: string;
  readonly #convolver: Convolver;
  readonly #input: FeatureMap;
  readonly #output: FeatureMap;
  /** y and dy in planes that suit the convolver, where the output's do not. */
  readonly #y: Area | undefined;
  readonly #dy: Area | undefined;
  #runtime!: Runtime;

  constructor(
    { planner, name, operation, inputs, output, inputShapes, tensors, inputGradient }: NodeContext<"conv">,
  ) {
    const convolver = planConvolver(planner, name, {
      layer: operation,
      input: inputShapes[0],
      weight: tensors.weight,
      bias: operation.bias ? tensors.bias : undefined,
      inputGradient: inputGradient[0],
      result: output,
    });
    this.#name = name;
    this.#convolver = convolver;
    [this.#input] = inputs;
    this.#output = output;
    if (convolver.output !== output.plane) {
      this.#y = planner.perWorker(sliceBytes(convolver.output));
      copyKernel(planner, `${name}.copyOutput`, convolver.output, output.plane);
    }
    if (convolver.outputGradient !== output.plane) {
      this.#dy = planner.perWorker(sliceBytes(convolver.outputGradient));
      copyKernel(planner, `${name}.copyGradient`, output.plane, convolver.outputGradient);
    }
  }

  bind(runtime: Runtime): void {
    this.#runtime = runtime;
    this.#convolver.bind(runtime);
  }

  forward(slice: number): void {
    const { kernels, rank } = this.#runtime;
    const input = nth(this.#input.value, slice), output = nth(this.#output.value, slice);
    if (this.#y === undefined) return this.#convolver.forward(input, output);
    const y = nth(this.#y, rank);
    this.#convolver.forward(input, y);
    kernels[`${this.#name}.copyOutput`](y, output);
  }

  backward(slice: number): void {
    const { kernels, rank } = this.#runtime;
    let dOutput = nth(this.#output.gradient, slice);
    if (this.#dy !== undefined) {
      const dy = nth(this.#dy, rank);
      kernels[`${this.#name}.copyGradient`](dOutput, dy);
      dOutput = dy;
    }
    this.#convolver.backward(slice, nth(this.#input.value, slice), dOutput, nth(this.#input.gradient, slice));
  }

  evaluate(slice: number): void {
    this.forward(slice);
  }

  reduce(step: Step): void {
    this.#convolver.reduce(step);
  }

  prepare(): void {
    this.#convolver.prepare();
  }
}

export const conv: Room<"conv"> = {
  plan: (context) => new Convolution(context),
  inputPlane: (operation, input) => convolverPlanes(operation, input).input,
  outputPlane: (operation, input) => convolverPlanes(operation, input).outputGradient,
  readsInPassing: true,
};
