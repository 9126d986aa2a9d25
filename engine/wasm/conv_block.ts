/**
 * A convolution with its batch norm and ReLU, and the 2×2 max-pool behind them where there is one.
 *
 * Forward: convolve, meet to add up the statistics, normalize. Backward: sum dz and dz·x̂, meet, then dy and the
 * convolution's gradients. The convolution's bias takes no part in it: batch norm subtracts it again, so it only
 * moves the running mean, and its gradient is exactly zero (PyTorch computes the rounding noise of that zero).
 *
 * @module
 */
import { batchNormKernels, type BatchNormPlan, CHANNEL_RECORD, SLICE_RECORD } from "./batch_norm.ts";
import { directKernels, type DirectPlan, planDirect, SCRATCH_BYTES } from "./direct.ts";
import { type ConvShape, groupBytes, outputHeight, outputWidth, type Plane } from "./layout.ts";
import {
  type Area,
  type FeatureMap,
  type MeetingOperation,
  nth,
  type ParameterPlace,
  type Planner,
  type Runtime,
  type Step,
} from "./operation.ts";
import { planWinograd, winogradKernels, type WinogradPlan } from "./winograd.ts";

/** PyTorch's batch norm: added to the variance, and the weight of a new value in the running statistics. */
const EPSILON = 1e-5;
const NEW_VALUE_WEIGHT = 0.1;

/** From this many input channels on, Winograd's transforms cost less than the multiplications they save. */
const LEAST_WINOGRAD_CHANNELS = 4;

/** How a convolution is computed, and the plane that its input must have. */
export type ConvPlan =
  | { readonly method: "winograd"; readonly plan: WinogradPlan }
  | { readonly method: "direct"; readonly plan: DirectPlan };

/** Chooses the method for a shape. */
export function planConvolution(shape: ConvShape): ConvPlan {
  return shape.kernel === 3 && shape.inputs >= LEAST_WINOGRAD_CHANNELS
    ? { method: "winograd", plan: planWinograd(shape) }
    : { method: "direct", plan: planDirect(shape) };
}

/** The tensors of a block. */
export interface ConvParameters {
  readonly weight: ParameterPlace;
  readonly bias: ParameterPlace;
  readonly normWeight: ParameterPlace;
  readonly normBias: ParameterPlace;
  /** Addresses. */
  readonly runningMean: number;
  readonly runningVariance: number;
}

export class ConvBlock implements MeetingOperation {
  readonly #name: string;
  readonly #conv: ConvPlan;
  readonly #parameters: ConvParameters;
  readonly #input: FeatureMap;
  readonly #output: FeatureMap;
  readonly #inputGradient: boolean;
  readonly #y: Area;
  readonly #dy: Area;
  readonly #records: Area;
  readonly #statistics: Area;
  readonly #sums: Area;
  readonly #weightGradients: Area;
  readonly #scratch: Area;
  readonly #sliceRecords: Area;
  /** U, or the flipped weights of the input gradient. */
  readonly #derivedWeights: number;
  readonly #summedGradient: number;
  readonly #sumVectors: number;
  #runtime!: Runtime;
  /** Of this step, by channel: 1/σ. */
  readonly #inverseDeviation: Float64Array;

  constructor(planner: Planner, name: string, conv: ConvPlan, options: {
    parameters: ConvParameters;
    input: FeatureMap;
    output: FeatureMap;
    pool: boolean;
    /** Whether anything before this layer learns. */
    inputGradient: boolean;
    sliceRecords: Area;
  }) {
    const { input, output, pool, inputGradient } = options;
    const { plan } = conv, { outputs, inputs, kernel } = plan.shape;
    this.#name = name;
    this.#conv = conv;
    this.#parameters = options.parameters;
    this.#input = input;
    this.#output = output;
    this.#inputGradient = inputGradient;
    this.#sliceRecords = options.sliceRecords;
    const dyPlane: Plane = conv.method === "winograd" ? conv.plan.output : conv.plan.outputGradient;
    const norm: BatchNormPlan = { input: plan.output, output: output.plane, inputGradient: dyPlane, pool };
    batchNormKernels(planner.module, `${name}.norm`, norm);
    const gradientFloats = conv.method === "winograd" ? conv.plan.transformedWeights : conv.plan.weights;
    if (conv.method === "winograd") {
      winogradKernels(planner.module, name, conv.plan, { inputGradient, wide: planner.wide });
    } else directKernels(planner.module, name, conv.plan, { inputGradient });
    this.#sumVectors = Math.ceil(gradientFloats / 4);
    this.#y = planner.perSlice(groupBytes(plan.output));
    this.#dy = planner.perWorker(groupBytes(dyPlane));
    this.#records = planner.perWorker(4 * CHANNEL_RECORD.size * outputs);
    this.#statistics = planner.perSlice(8 * outputs);
    this.#sums = planner.perSlice(8 * outputs);
    this.#weightGradients = planner.perSlice(16 * this.#sumVectors);
    this.#summedGradient = planner.allocate(16 * this.#sumVectors);
    this.#derivedWeights = planner.allocate(
      4 * (conv.method === "winograd" ? conv.plan.transformedWeights : inputs * outputs * kernel * kernel),
    );
    this.#scratch = planner.perWorker(conv.method === "winograd" ? conv.plan.scratchBytes : SCRATCH_BYTES);
    this.#inverseDeviation = new Float64Array(outputs);
  }

  bind(runtime: Runtime): void {
    this.#runtime = runtime;
  }

  get #outputs(): number {
    return this.#conv.plan.shape.outputs;
  }

  /** Positions of y in one example. */
  get #positions(): number {
    return outputHeight(this.#conv.plan.shape) * outputWidth(this.#conv.plan.shape);
  }

  #kernel(name: string): (...args: number[]) => void {
    return this.#runtime.kernels[`${this.#name}.${name}`];
  }

  get #recordsHere(): number {
    return nth(this.#records, this.#runtime.rank);
  }

  #convolve(slice: number): void {
    const input = nth(this.#input.value, slice), y = nth(this.#y, slice);
    if (this.#conv.method === "winograd") {
      this.#kernel("forward")(input, this.#derivedWeights, y, nth(this.#scratch, this.#runtime.rank));
    } else {
      this.#kernel("forward")(input, this.#parameters.weight.value, y);
    }
  }

  #normalize(slice: number): void {
    this.#kernel("norm.forward")(nth(this.#y, slice), this.#recordsHere, nth(this.#output.value, slice));
  }

  forwardStart(slice: number): void {
    this.#convolve(slice);
    this.#kernel("norm.statistics")(
      nth(this.#y, slice),
      nth(this.#sliceRecords, slice),
      nth(this.#statistics, slice),
      nth(this.#scratch, this.#runtime.rank),
    );
  }

  /** Mean and variance of the batch from those of its slices, by Chan's formula, in slice order, in float64. */
  forwardMeet(step: Step): void {
    const { f32, rank } = this.#runtime, p = this.#parameters;
    for (let k = 0; k < this.#outputs; k++) {
      let count = 0, mean = 0, squares = 0;
      for (let slice = 0; slice < step.slices; slice++) {
        const at = nth(this.#statistics, slice) / 4 + 2 * k;
        const added = Math.min(8, step.examples - 8 * slice) * this.#positions;
        const difference = f32[at] - mean, total = count + added;
        mean += difference * added / total;
        squares += f32[at + 1] + difference * difference * count * added / total;
        count = total;
      }
      const inverse = 1 / Math.sqrt(squares / count + EPSILON);
      this.#inverseDeviation[k] = inverse;
      this.#setAffine(k, mean, inverse);
      if (rank === 0) {
        const i = p.runningMean / 4 + k, j = p.runningVariance / 4 + k;
        const bias = f32[p.bias.value / 4 + k];
        f32[i] = (1 - NEW_VALUE_WEIGHT) * f32[i] + NEW_VALUE_WEIGHT * (mean + bias);
        f32[j] = (1 - NEW_VALUE_WEIGHT) * f32[j] + NEW_VALUE_WEIGHT * squares / Math.max(1, count - 1);
      }
    }
  }

  /** z = scale·y + shift for a mean of y (without the bias) and 1/σ. */
  #setAffine(k: number, mean: number, inverse: number): void {
    const { f32 } = this.#runtime, p = this.#parameters;
    const at = this.#recordsHere / 4 + k * CHANNEL_RECORD.size;
    const scale = f32[p.normWeight.value / 4 + k] * inverse;
    f32[at + CHANNEL_RECORD.scale] = scale;
    f32[at + CHANNEL_RECORD.shift] = f32[p.normBias.value / 4 + k] - mean * scale;
    f32[at + CHANNEL_RECORD.mean] = mean;
  }

  forward(slice: number): void {
    this.#normalize(slice);
  }

  backwardStart(slice: number): void {
    this.#kernel("norm.sums")(
      nth(this.#y, slice),
      nth(this.#output.gradient, slice),
      this.#recordsHere,
      nth(this.#sums, slice),
      nth(this.#scratch, this.#runtime.rank),
    );
  }

  /** dy = a·dz + b·y + c by channel, and the gradients of batch norm's own parameters. */
  backwardMeet(step: Step): void {
    const { f32, rank } = this.#runtime, p = this.#parameters;
    const count = step.examples * this.#positions;
    for (let k = 0; k < this.#outputs; k++) {
      let dz = 0, dzDeviation = 0;
      for (let slice = 0; slice < step.slices; slice++) {
        const at = nth(this.#sums, slice) / 4 + 2 * k;
        dz += f32[at];
        dzDeviation += f32[at + 1];
      }
      const inverse = this.#inverseDeviation[k];
      const dWeight = dzDeviation * inverse; // Σ dz·x̂
      const at = this.#recordsHere / 4 + k * CHANNEL_RECORD.size;
      const a = f32[p.normWeight.value / 4 + k] * inverse;
      const b = -a * inverse * dWeight / count;
      f32[at + CHANNEL_RECORD.a] = a;
      f32[at + CHANNEL_RECORD.b] = b;
      f32[at + CHANNEL_RECORD.c] = -a * dz / count - b * f32[at + CHANNEL_RECORD.mean];
      if (rank === 0) {
        f32[p.normWeight.gradient / 4 + k] = dWeight;
        f32[p.normBias.gradient / 4 + k] = dz;
      }
    }
  }

  backward(slice: number): void {
    const { rank } = this.#runtime;
    const dy = nth(this.#dy, rank), input = nth(this.#input.value, slice);
    const dInput = nth(this.#input.gradient, slice), dWeight = nth(this.#weightGradients, slice);
    this.#kernel("norm.backward")(
      nth(this.#y, slice),
      nth(this.#output.gradient, slice),
      this.#recordsHere,
      nth(this.#sliceRecords, slice) + SLICE_RECORD.mask,
      dy,
    );
    if (this.#conv.method === "winograd") {
      this.#kernel("backward")(input, dy, this.#derivedWeights, dWeight, dInput, nth(this.#scratch, rank));
      return;
    }
    this.#kernel("weightGradient")(input, dy, dWeight, nth(this.#scratch, rank));
    if (this.#inputGradient) this.#kernel("inputGradient")(dy, this.#derivedWeights, dInput);
  }

  evaluateMeet(): void {
    const { f32 } = this.#runtime, p = this.#parameters;
    for (let k = 0; k < this.#outputs; k++) {
      const mean = f32[p.runningMean / 4 + k] - f32[p.bias.value / 4 + k];
      this.#setAffine(k, mean, 1 / Math.sqrt(f32[p.runningVariance / 4 + k] + EPSILON));
    }
  }

  evaluate(slice: number): void {
    this.#convolve(slice);
    this.#normalize(slice);
  }

  reduce(step: Step): void {
    const { kernels } = this.#runtime, { weight } = this.#parameters;
    const winograd = this.#conv.method === "winograd";
    // a tensor's place is padded to whole vectors, so the direct method's sum may end there
    const to = winograd ? this.#summedGradient : weight.gradient;
    kernels.sumSlices(
      this.#weightGradients.address,
      this.#weightGradients.each,
      step.slices,
      to,
      this.#sumVectors,
    );
    if (winograd) this.#kernel("unpack")(this.#summedGradient, weight.gradient);
  }

  prepare(): void {
    if (this.#conv.method === "winograd") {
      this.#kernel("pack")(this.#parameters.weight.value, this.#derivedWeights);
    } else if (this.#inputGradient) this.#kernel("flip")(this.#parameters.weight.value, this.#derivedWeights);
  }
}
