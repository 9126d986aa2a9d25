/**
 * Convolutions without their bias: the methods, and which is chosen for a layer.
 *
 * A convolver works on addresses, so that it serves a convolution of its own as well as one that is fused with what
 * follows it.
 *
 * @module
 */
import type { OperationOf } from "../../models/graph.ts";
import type { Shape } from "../../models/shape.ts";
import { directKernels, type DirectPlan, planDirect, SCRATCH_BYTES } from "./direct.ts";
import type { ConvShape, Plane } from "./layout.ts";
import { type Area, nth, type ParameterPlace, type Planner, type Runtime, type Step } from "./operation.ts";
import { planWinograd, winogradKernels, type WinogradPlan } from "./winograd.ts";

/** From this many input channels on, Winograd's transforms cost less than the multiplications they save. */
const LEAST_WINOGRAD_CHANNELS = 4;

/** The planes between which a convolution works. */
export interface ConvolverPlanes {
  /** Zeros around the image. */
  readonly input: Plane;
  /** Of y; its surplus may hold anything. */
  readonly output: Plane;
  /** Of dy; zeros around the image. */
  readonly outputGradient: Plane;
}

/** A convolution of one slice: y = weight ∗ x. */
export interface Convolver extends ConvolverPlanes {
  bind(runtime: Runtime): void;
  forward(input: number, output: number): void;
  /** Writes dInput where it is wanted, its surplus with anything, and the slice's share of the weights' gradient. */
  backward(slice: number, input: number, dOutput: number, dInput: number): void;
  /** Adds the slices' shares. */
  reduce(step: Step): void;
  /** Makes what is derived from the weights. */
  prepare(): void;
}

/** What a convolver is planned from. */
export interface ConvolverOptions {
  readonly layer: OperationOf<"conv">;
  /** `[C,H,W]` */
  readonly input: Shape;
  readonly weight: ParameterPlace;
  /** Whether anything before it learns. */
  readonly inputGradient: boolean;
}

type Method =
  | ({ readonly method: "winograd"; readonly plan: WinogradPlan } & ConvolverPlanes)
  | ({ readonly method: "direct"; readonly plan: DirectPlan } & ConvolverPlanes);

function chooseMethod(layer: OperationOf<"conv">, [inputs, height, width]: Shape): Method {
  const { out: outputs, kernel, padding } = layer;
  const shape: ConvShape = { inputs, outputs, height, width, kernel, padding };
  if (kernel === 3 && inputs >= LEAST_WINOGRAD_CHANNELS) {
    const plan = planWinograd(shape), { input, output } = plan;
    return { method: "winograd", plan, input, output, outputGradient: output };
  }
  const plan = planDirect(shape), { input, output, outputGradient } = plan;
  return { method: "direct", plan, input, output, outputGradient };
}

/** The planes of a layer's convolver for an input `[C,H,W]`. */
export function convolverPlanes(layer: OperationOf<"conv">, input: Shape): ConvolverPlanes {
  return chooseMethod(layer, input);
}

/** Plans the convolution of a layer, with kernels under `name`. */
export function planConvolver(planner: Planner, name: string, options: ConvolverOptions): Convolver {
  const chosen = chooseMethod(options.layer, options.input);
  return chosen.method === "winograd"
    ? new WinogradConvolver(planner, name, chosen.plan, options)
    : new DirectConvolver(planner, name, chosen.plan, options);
}

/** 3×3, stride 1, by Winograd's F(2×2,3×3). */
class WinogradConvolver implements Convolver {
  readonly input: Plane;
  readonly output: Plane;
  readonly outputGradient: Plane;
  readonly #name: string;
  readonly #weight: ParameterPlace;
  readonly #vectors: number;
  readonly #transformedGradients: Area;
  readonly #summedGradient: number;
  readonly #transformedWeights: number;
  readonly #scratch: Area;
  #runtime!: Runtime;

  constructor(planner: Planner, name: string, plan: WinogradPlan, options: ConvolverOptions) {
    this.input = plan.input;
    this.output = this.outputGradient = plan.output;
    this.#name = name;
    this.#weight = options.weight;
    winogradKernels(planner.module, name, plan, { inputGradient: options.inputGradient, wide: planner.wide });
    this.#vectors = plan.transformedWeights / 4;
    this.#transformedGradients = planner.perSlice(4 * plan.transformedWeights);
    this.#summedGradient = planner.allocate(4 * plan.transformedWeights);
    this.#transformedWeights = planner.allocate(4 * plan.transformedWeights);
    this.#scratch = planner.perWorker(plan.scratchBytes);
  }

  bind(runtime: Runtime): void {
    this.#runtime = runtime;
  }

  #kernel(name: string): (...args: number[]) => void {
    return this.#runtime.kernels[`${this.#name}.${name}`];
  }

  forward(input: number, output: number): void {
    this.#kernel("forward")(
      input,
      this.#transformedWeights,
      output,
      nth(this.#scratch, this.#runtime.rank),
    );
  }

  backward(slice: number, input: number, dOutput: number, dInput: number): void {
    this.#kernel("backward")(
      input,
      dOutput,
      this.#transformedWeights,
      nth(this.#transformedGradients, slice),
      dInput,
      nth(this.#scratch, this.#runtime.rank),
    );
  }

  reduce(step: Step): void {
    const { address, each } = this.#transformedGradients;
    this.#runtime.kernels.sumSlices(address, each, step.slices, this.#summedGradient, this.#vectors);
    this.#kernel("unpack")(this.#summedGradient, this.#weight.gradient);
  }

  prepare(): void {
    this.#kernel("pack")(this.#weight.value, this.#transformedWeights);
  }
}

/** Any kernel size, stride 1, by the definition. */
class DirectConvolver implements Convolver {
  readonly input: Plane;
  readonly output: Plane;
  readonly outputGradient: Plane;
  readonly #name: string;
  readonly #weight: ParameterPlace;
  readonly #inputGradient: boolean;
  readonly #weightGradients: Area;
  readonly #flippedWeights: number;
  readonly #scratch: Area;
  #runtime!: Runtime;

  constructor(planner: Planner, name: string, plan: DirectPlan, { weight, inputGradient }: ConvolverOptions) {
    this.input = plan.input;
    this.output = plan.output;
    this.outputGradient = plan.outputGradient;
    this.#name = name;
    this.#weight = weight;
    this.#inputGradient = inputGradient;
    directKernels(planner.module, name, plan, { inputGradient });
    this.#weightGradients = planner.perSlice(4 * plan.weights);
    this.#flippedWeights = inputGradient ? planner.allocate(4 * plan.weights) : 0;
    this.#scratch = planner.perWorker(SCRATCH_BYTES);
  }

  bind(runtime: Runtime): void {
    this.#runtime = runtime;
  }

  #kernel(name: string): (...args: number[]) => void {
    return this.#runtime.kernels[`${this.#name}.${name}`];
  }

  forward(input: number, output: number): void {
    this.#kernel("forward")(input, this.#weight.value, output);
  }

  backward(slice: number, input: number, dOutput: number, dInput: number): void {
    const dWeight = nth(this.#weightGradients, slice), scratch = nth(this.#scratch, this.#runtime.rank);
    this.#kernel("weightGradient")(input, dOutput, dWeight, scratch);
    if (this.#inputGradient) this.#kernel("inputGradient")(dOutput, this.#flippedWeights, dInput);
  }

  reduce(step: Step): void {
    const { address, each } = this.#weightGradients, { gradient, length } = this.#weight;
    // a tensor's place is padded to whole vectors, so the sum may end there
    this.#runtime.kernels.sumSlices(address, each, step.slices, gradient, Math.ceil(length / 4));
  }

  prepare(): void {
    if (this.#inputGradient) this.#kernel("flip")(this.#weight.value, this.#flippedWeights);
  }
}
