/**
 * Convolutions: the methods, and which is chosen for a layer.
 *
 * A convolver works on addresses, so that it serves a convolution of its own as well as one that is fused with what
 * follows it, which leaves the bias to that.
 *
 * @module
 */
import type { OperationOf } from "../../models/graph.ts";
import type { Shape } from "../../models/shape.ts";
import { directKernels, directPlanes, SCRATCH_BYTES } from "./direct.ts";
import { channelBytes, type ConvolutionShape, type Plane } from "./layout.ts";
import { GradientShares } from "./gradient_shares.ts";
import {
  type Area,
  type FeatureMap,
  kernelsOf,
  nth,
  type ParameterPlace,
  type Planner,
  type Runtime,
  type Step,
} from "./operation.ts";
import { recordBytes } from "./ops/batch_norm_channel.ts";
import { biasGradient } from "./weight_gradient.ts";
import { winogradKernels } from "./winograd/kernels.ts";
import { planWinograd, type WinogradPlan } from "./winograd/plan.ts";

/**
 * From this many input and output channels of a group on, Winograd's transforms cost less than the multiplications
 * they save.
 */
const LEAST_WINOGRAD_CHANNELS = 4;

/** The planes between which a convolution works. */
export interface ConvolverPlanes {
  /** Zeros around the image. */
  readonly input: Plane;
  /** Of y, of which the image alone is written. */
  readonly output: Plane;
  /** Of dy; zeros around the image. */
  readonly outputGradient: Plane;
}

/** A convolution of one slice: y = weight ∗ x + bias. */
export interface Convolver extends ConvolverPlanes {
  bind(runtime: Runtime): void;
  forward(input: number, output: number): void;
  /**
   * Writes dInput where it is wanted, its surplus with anything, and the slice's share of the parameters' gradients.
   */
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
  /** Added to y; absent where there is none or what follows sees to it. */
  readonly bias?: ParameterPlace;
  /** Whether anything before it learns. */
  readonly inputGradient: boolean;
  /** Of a batch norm that is left to it, where it can `normalize`: see `FeatureMap`. */
  readonly inputRecords?: Area;
  /** Where y and dy lie if the convolver can work there: see the planes that it then has. */
  readonly result?: FeatureMap;
}

function shapeOf(layer: OperationOf<"conv">, [inputs, height, width]: Shape): ConvolutionShape {
  return { ...layer, inputs, outputs: layer.out, height, width };
}

const suitsWinograd = ({ kernel, stride, dilation, groups, inputs, outputs }: ConvolutionShape): boolean =>
  kernel === 3 && stride === 1 && dilation === 1 &&
  inputs / groups >= LEAST_WINOGRAD_CHANNELS && outputs / groups >= LEAST_WINOGRAD_CHANNELS;

/** Winograd's plan for one group, and the planes of all. */
function planGroups(shape: ConvolutionShape): { readonly plan: WinogradPlan } & ConvolverPlanes {
  const { inputs, outputs, groups } = shape;
  const plan = planWinograd({ ...shape, inputs: inputs / groups, outputs: outputs / groups });
  const output = { ...plan.output, channels: outputs };
  return { plan, input: { ...plan.input, channels: inputs }, output, outputGradient: output };
}

/** The least planes of a layer's convolver for an input `[C,H,W]`. */
export function convolverPlanes(layer: OperationOf<"conv">, input: Shape): ConvolverPlanes {
  const shape = shapeOf(layer, input);
  return suitsWinograd(shape) ? planGroups(shape) : directPlanes(shape);
}

/** Whether a layer's convolver can normalize its input as it reads it: zeros around that would not stay zeros. */
export function canNormalize(layer: OperationOf<"conv">, input: Shape): boolean {
  const shape = shapeOf(layer, input);
  return suitsWinograd(shape) && shape.padding === 0;
}

/** Plans the convolution of a layer, with kernels under `name`. */
export function planConvolver(planner: Planner, name: string, options: ConvolverOptions): Convolver {
  const shape = shapeOf(options.layer, options.input);
  return suitsWinograd(shape)
    ? new WinogradConvolver(planner, name, shape, options)
    : new DirectConvolver(planner, name, shape, options);
}

/** Whether a plane has at least the surplus of another around the same image. */
const covers = (plane: Plane, least: Plane): boolean =>
  plane.border >= least.border && plane.rows - plane.border >= least.rows - least.border &&
  plane.columns - plane.border >= least.columns - least.border;

const isTight = ({ rows, columns, height, width }: Plane): boolean => rows === height && columns === width;

/** A given plane for dy if it has zeros where they are read, else the least. */
const gradientPlane = (least: Plane, result: FeatureMap | undefined): Plane =>
  result !== undefined && (isTight(least) || (result.gradientSurplusIsZero && covers(result.plane, least)))
    ? result.plane
    : least;

/** 3×3, stride 1, by Winograd's method, one group of channels after the other. */
class WinogradConvolver implements Convolver {
  readonly input: Plane;
  readonly output: Plane;
  readonly outputGradient: Plane;
  readonly #name: string;
  readonly #plan: WinogradPlan;
  readonly #groups: number;
  readonly #weight: ParameterPlace;
  readonly #bias: ParameterPlace | undefined;
  readonly #biasShares: GradientShares | undefined;
  /** U of all groups. */
  readonly #transformedWeights: number;
  /** Of one slice, all groups. */
  readonly #gradientFloats: number;
  readonly #weightGradients: Area;
  readonly #summedGradient: number;
  readonly #scratch: Area;
  readonly #inputRecords: Area | undefined;
  #runtime!: Runtime;
  #kernels!: Runtime["kernels"];

  constructor(
    planner: Planner,
    name: string,
    shape: ConvolutionShape,
    { weight, bias, inputGradient, inputRecords, result }: ConvolverOptions,
  ) {
    const { plan, input, output: least } = planGroups(shape), { wide } = planner;
    this.input = input;
    this.output = this.outputGradient = result?.plane ?? least;
    this.#plan = { ...plan, output: this.output, outputGradient: this.outputGradient };
    this.#groups = shape.groups;
    this.#name = name;
    this.#weight = weight;
    this.#bias = bias;
    this.#biasShares = bias && new GradientShares(planner, bias);
    this.#inputRecords = inputRecords;
    winogradKernels(planner.module, name, this.#plan, {
      inputGradient,
      wide,
      bias: bias !== undefined,
      normalizes: inputRecords !== undefined,
    });
    this.#transformedWeights = planner.allocate(4 * shape.groups * plan.transformedWeights);
    this.#gradientFloats = shape.groups * plan.weightGradients;
    this.#weightGradients = planner.perSlice(4 * this.#gradientFloats);
    this.#summedGradient = planner.allocate(4 * this.#gradientFloats);
    this.#scratch = planner.perWorker(Math.max(plan.scratchBytes, SCRATCH_BYTES));
    if (bias !== undefined) {
      planner.module.function(`${name}.biasGradient`, ["dOutput", "dBias", "scratch"], (f) => {
        const [dOutput, dBias, scratch] = f.parameters.map((p) => f.parameter(p));
        f.emit(biasGradient(f, this.outputGradient, { dOutput, dBias, scratch }));
      });
    }
  }

  bind(runtime: Runtime): void {
    this.#runtime = runtime;
    this.#kernels = kernelsOf(runtime, this.#name);
  }

  /** Calls `run` with what to add to the address of each of a group's things. */
  #forEachGroup(
    run: (
      at: {
        input: number;
        records: readonly number[];
        output: number;
        dOutput: number;
        transformed: number;
        gradient: number;
        weight: number;
        bias: number;
      },
    ) => void,
  ): void {
    const { inputs, outputs } = this.#plan.shape;
    for (let group = 0; group < this.#groups; group++) {
      run({
        input: group * inputs * channelBytes(this.input),
        records: this.#inputRecords
          ? [nth(this.#inputRecords, this.#runtime.rank) + group * inputs * recordBytes("together")]
          : [],
        output: group * outputs * channelBytes(this.output),
        dOutput: group * outputs * channelBytes(this.outputGradient),
        transformed: 4 * group * this.#plan.transformedWeights,
        gradient: 4 * group * this.#plan.weightGradients,
        weight: 4 * group * outputs * inputs * 9,
        bias: 4 * group * outputs,
      });
    }
  }

  forward(input: number, output: number): void {
    const scratch = nth(this.#scratch, this.#runtime.rank), forward = this.#kernels.forward;
    this.#forEachGroup((at) =>
      forward(
        input + at.input,
        ...at.records,
        this.#transformedWeights + at.transformed,
        ...(this.#bias === undefined ? [] : [this.#bias.value + at.bias]),
        output + at.output,
        scratch,
      )
    );
  }

  backward(slice: number, input: number, dOutput: number, dInput: number): void {
    const scratch = nth(this.#scratch, this.#runtime.rank), backward = this.#kernels.backward;
    this.#forEachGroup((at) =>
      backward(
        input + at.input,
        ...at.records,
        dOutput + at.dOutput,
        this.#transformedWeights + at.transformed,
        nth(this.#weightGradients, slice) + at.gradient,
        dInput + at.input,
        scratch,
      )
    );
    const share = this.#biasShares?.at(slice);
    if (share !== undefined) this.#kernels.biasGradient(dOutput, share, scratch);
  }

  reduce(step: Step): void {
    const { address, each } = this.#weightGradients, unpack = this.#kernels.unpack;
    this.#runtime.kernels.sumSlices(
      address,
      each,
      step.slices,
      this.#summedGradient,
      this.#gradientFloats / 4,
    );
    this.#forEachGroup((at) => unpack(this.#summedGradient + at.gradient, this.#weight.gradient + at.weight));
    this.#biasShares?.reduce(this.#runtime, step);
  }

  prepare(): void {
    const pack = this.#kernels.pack;
    this.#forEachGroup((at) =>
      pack(this.#weight.value + at.weight, this.#transformedWeights + at.transformed)
    );
  }
}

/** Any convolution, by the definition. */
class DirectConvolver implements Convolver {
  readonly input: Plane;
  readonly output: Plane;
  readonly outputGradient: Plane;
  readonly #name: string;
  readonly #weight: ParameterPlace;
  readonly #bias: ParameterPlace | undefined;
  readonly #biasShares: GradientShares | undefined;
  readonly #inputGradient: boolean;
  readonly #weightShares: GradientShares;
  readonly #scratch: Area;
  #runtime!: Runtime;
  #kernels!: Runtime["kernels"];

  constructor(
    planner: Planner,
    name: string,
    shape: ConvolutionShape,
    { weight, bias, inputGradient, result }: ConvolverOptions,
  ) {
    const least = directPlanes(shape);
    this.input = least.input;
    this.output = result?.plane ?? least.output;
    this.outputGradient = gradientPlane(inputGradient ? least.outputGradient : least.output, result);
    this.#name = name;
    this.#weight = weight;
    this.#bias = bias;
    this.#biasShares = bias && new GradientShares(planner, bias);
    this.#inputGradient = inputGradient;
    const { input, output, outputGradient } = this;
    directKernels(planner.module, name, { shape, input, output, outputGradient }, {
      inputGradient,
      bias: bias !== undefined,
      wide: planner.wide,
    });
    this.#weightShares = new GradientShares(planner, weight);
    this.#scratch = planner.perWorker(SCRATCH_BYTES);
  }

  bind(runtime: Runtime): void {
    this.#runtime = runtime;
    this.#kernels = kernelsOf(runtime, this.#name);
  }

  forward(input: number, output: number): void {
    if (this.#bias === undefined) this.#kernels.forward(input, this.#weight.value, output);
    else this.#kernels.forward(input, this.#weight.value, this.#bias.value, output);
  }

  backward(slice: number, input: number, dOutput: number, dInput: number): void {
    const dWeight = this.#weightShares.at(slice), scratch = nth(this.#scratch, this.#runtime.rank);
    this.#kernels.weightGradient(input, dOutput, dWeight, scratch);
    const share = this.#biasShares?.at(slice);
    if (share !== undefined) this.#kernels.biasGradient(dOutput, share, scratch);
    if (this.#inputGradient) this.#kernels.inputGradient(dOutput, this.#weight.value, dInput);
  }

  reduce(step: Step): void {
    this.#weightShares.reduce(this.#runtime, step);
    this.#biasShares?.reduce(this.#runtime, step);
  }

  prepare(): void {}
}
