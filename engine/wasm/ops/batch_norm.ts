/**
 * Batch norm with its meetings: what the slices measured becomes the constants that their kernels work with.
 *
 * @module
 */
import { LANES, type Plane, sliceBytes } from "../layout.ts";
import {
  type Area,
  kernelsOf,
  type MeetingOperation,
  type NodeContext,
  nth,
  type ParameterPlace,
  type Planner,
  type Room,
  type Runtime,
  SLICE_RECORD,
  type Step,
} from "../operation.ts";
import { type BatchNormPlan, CHANNEL_RECORD, recordBytes, valueBytes } from "./batch_norm_channel.ts";
import { batchNormKernels } from "./batch_norm_kernels.ts";
import { keptPlane } from "./batch_norm_windows.ts";

/** What a batch norm is planned from, wherever it stands. */
export interface BatchNormOptions {
  /** `weight`, `bias`, `running_mean`, `running_var`. */
  readonly tensors: Readonly<Record<string, ParameterPlace>>;
  readonly epsilon: number;
  readonly momentum: number;
  /** Of a convolution in front that leaves its bias out: batch norm subtracts it again, so it only moves the mean. */
  readonly biasBefore?: ParameterPlace;
  /** Where the channels' records lie, where a reader of the output has to know. */
  readonly records?: Area;
  readonly sliceRecords: Area;
  readonly plan: Omit<BatchNormPlan, "lanes">;
}

/** The passes of a batch norm over one slice, by addresses, and the meetings between them. */
export interface Normalizer {
  bind(runtime: Runtime): void;
  /** The first part of forward. */
  measure(slice: number, y: number): void;
  forwardMeet(step: Step): void;
  normalize(slice: number, y: number, out: number): void;
  /** The first part of backward. */
  sum(slice: number, y: number, dOut: number): void;
  backwardMeet(step: Step): void;
  differentiate(slice: number, y: number, dOut: number, dy: number): void;
  evaluateMeet(): void;
  /** `normalize` as in evaluation. */
  evaluate(slice: number, y: number, out: number): void;
}

/** Adds the kernels of a batch norm and hands out the memory that it needs with them. */
export class BatchNormMemory {
  readonly channels: number;
  /** Positions of y in one example. */
  readonly positions: number;
  readonly records: Area;
  readonly statistics: Area;
  readonly sums: Area;
  readonly scratch: Area;
  /** r of the windows' maxima, where there is a pool. */
  readonly #kept: Area | undefined;

  constructor(planner: Planner, name: string, plan: BatchNormPlan, records?: Area) {
    const { channels, height, width } = plan.input;
    batchNormKernels(planner.module, name, plan);
    this.channels = channels;
    this.positions = height * width;
    this.records = records ?? planner.perWorker(channels * recordBytes(plan.lanes));
    this.statistics = planner.perSlice(2 * channels * valueBytes(plan.lanes));
    this.sums = planner.perSlice(2 * channels * valueBytes(plan.lanes));
    this.scratch = planner.perWorker(64);
    this.#kept = plan.pool ? planner.perSlice(sliceBytes(keptPlane(plan))) : undefined;
  }

  /** What the forward kernel is told beside its usual arguments. */
  kept(slice: number): readonly number[] {
    return this.#kept ? [nth(this.#kept, slice)] : [];
  }

  /** What the sums are taken of, for the y of a slice. */
  summed(slice: number, y: number): number {
    return this.#kept ? nth(this.#kept, slice) : y;
  }
}

/** One set of statistics for the whole batch. */
export class BatchNormalizer implements Normalizer {
  readonly #name: string;
  readonly #options: BatchNormOptions;
  readonly #memory: BatchNormMemory;
  /** Of this step, by channel: 1/σ. */
  readonly #inverseDeviation: Float64Array;
  #runtime!: Runtime;
  #kernels: Runtime["kernels"] = {};

  constructor(planner: Planner, name: string, options: BatchNormOptions) {
    this.#name = name;
    this.#options = options;
    this.#memory = new BatchNormMemory(
      planner,
      name,
      { ...options.plan, lanes: "together" },
      options.records,
    );
    this.#inverseDeviation = new Float64Array(this.#memory.channels);
  }

  bind(runtime: Runtime): void {
    this.#runtime = runtime;
    this.#kernels = kernelsOf(runtime, this.#name);
  }

  get #recordsHere(): number {
    return nth(this.#memory.records, this.#runtime.rank);
  }

  get #scratchHere(): number {
    return nth(this.#memory.scratch, this.#runtime.rank);
  }

  measure(slice: number, y: number): void {
    this.#kernels.statistics(
      y,
      nth(this.#options.sliceRecords, slice),
      nth(this.#memory.statistics, slice),
      this.#scratchHere,
    );
  }

  /** Mean and variance of the batch from those of its slices, by Chan's formula, in slice order, in float64. */
  forwardMeet(step: Step): void {
    const { f32, rank } = this.#runtime, { statistics, positions, channels } = this.#memory;
    const { tensors, epsilon, momentum, biasBefore } = this.#options;
    for (let k = 0; k < channels; k++) {
      let count = 0, mean = 0, squares = 0;
      for (let slice = 0; slice < step.slices; slice++) {
        const at = nth(statistics, slice) / 4 + 2 * k;
        const added = Math.min(LANES, step.examples - LANES * slice) * positions;
        const difference = f32[at] - mean, total = count + added;
        mean += difference * added / total;
        squares += f32[at + 1] + difference * difference * count * added / total;
        count = total;
      }
      const inverse = 1 / Math.sqrt(squares / count + epsilon);
      this.#inverseDeviation[k] = inverse;
      this.#setAffine(k, mean, inverse);
      if (rank === 0) {
        const i = tensors.running_mean.value / 4 + k, j = tensors.running_var.value / 4 + k;
        const bias = biasBefore ? f32[biasBefore.value / 4 + k] : 0;
        f32[i] = (1 - momentum) * f32[i] + momentum * (mean + bias);
        f32[j] = (1 - momentum) * f32[j] + momentum * squares / Math.max(1, count - 1);
      }
    }
  }

  /** z = scale·r + shift for a mean of r (without the bias in front) and 1/σ. */
  #setAffine(k: number, mean: number, inverse: number): void {
    const { f32 } = this.#runtime, { weight, bias } = this.#options.tensors;
    const at = this.#recordsHere / 4 + k * CHANNEL_RECORD.size;
    const scale = f32[weight.value / 4 + k] * inverse;
    f32[at + CHANNEL_RECORD.scale] = scale;
    f32[at + CHANNEL_RECORD.shift] = f32[bias.value / 4 + k] - mean * scale;
    f32[at + CHANNEL_RECORD.mean] = mean;
  }

  normalize(slice: number, y: number, out: number): void {
    this.#kernels.forward(y, this.#recordsHere, out, ...this.#memory.kept(slice));
  }

  sum(slice: number, y: number, dOut: number): void {
    this.#kernels.sums(
      this.#memory.summed(slice, y),
      dOut,
      this.#recordsHere,
      nth(this.#memory.sums, slice),
      this.#scratchHere,
    );
  }

  /** dr = a·dz + b·(r − mean) + c by channel, and the gradients of batch norm's own parameters. */
  backwardMeet(step: Step): void {
    const { f32, rank } = this.#runtime, { sums, positions, channels } = this.#memory;
    const { weight, bias } = this.#options.tensors;
    const count = step.examples * positions;
    for (let k = 0; k < channels; k++) {
      let dz = 0, dzDeviation = 0;
      for (let slice = 0; slice < step.slices; slice++) {
        const at = nth(sums, slice) / 4 + 2 * k;
        dz += f32[at];
        dzDeviation += f32[at + 1];
      }
      const inverse = this.#inverseDeviation[k];
      const dWeight = dzDeviation * inverse; // Σ dz·r̂
      const at = this.#recordsHere / 4 + k * CHANNEL_RECORD.size;
      const a = f32[weight.value / 4 + k] * inverse;
      const b = -a * inverse * dWeight / count;
      f32[at + CHANNEL_RECORD.a] = a;
      f32[at + CHANNEL_RECORD.b] = b;
      f32[at + CHANNEL_RECORD.c] = -a * dz / count;
      if (rank === 0) {
        f32[weight.gradient / 4 + k] = dWeight;
        f32[bias.gradient / 4 + k] = dz;
      }
    }
  }

  differentiate(slice: number, y: number, dOut: number, dy: number): void {
    const mask = nth(this.#options.sliceRecords, slice) + SLICE_RECORD.mask;
    this.#kernels.backward(y, dOut, this.#recordsHere, mask, dy);
  }

  evaluateMeet(): void {
    const { f32 } = this.#runtime, { tensors, epsilon, biasBefore } = this.#options;
    for (let k = 0; k < this.#memory.channels; k++) {
      const bias = biasBefore ? f32[biasBefore.value / 4 + k] : 0;
      const mean = f32[tensors.running_mean.value / 4 + k] - bias;
      this.#setAffine(k, mean, 1 / Math.sqrt(f32[tensors.running_var.value / 4 + k] + epsilon));
    }
  }

  evaluate(slice: number, y: number, out: number): void {
    this.normalize(slice, y, out);
  }
}

/** A normalizer between two values, with what stands around it fused: no convolution in front. */
export class NormOperation implements MeetingOperation {
  readonly #normalizer: Normalizer;
  readonly #context: Pick<NodeContext<"batchNorm">, "inputs" | "output" | "inputGradient">;

  constructor(
    normalizer: Normalizer,
    context: Pick<NodeContext<"batchNorm">, "inputs" | "output" | "inputGradient">,
  ) {
    this.#normalizer = normalizer;
    this.#context = context;
  }

  bind(runtime: Runtime): void {
    this.#normalizer.bind(runtime);
  }

  #input(slice: number): number {
    return nth(this.#context.inputs[0].value, slice);
  }

  #outputGradient(slice: number): number {
    return nth(this.#context.output.gradient, slice);
  }

  forwardStart(slice: number): void {
    this.#normalizer.measure(slice, this.#input(slice));
  }

  forwardMeet(step: Step): void {
    this.#normalizer.forwardMeet(step);
  }

  forward(slice: number): void {
    this.#normalizer.normalize(slice, this.#input(slice), nth(this.#context.output.value, slice));
  }

  restore(slice: number): void {
    this.forward(slice);
  }

  backwardStart(slice: number): void {
    this.#normalizer.sum(slice, this.#input(slice), this.#outputGradient(slice));
  }

  backwardMeet(step: Step): void {
    this.#normalizer.backwardMeet(step);
  }

  backward(slice: number): void {
    if (!this.#context.inputGradient[0]) return;
    const dInput = nth(this.#context.inputs[0].gradient, slice);
    this.#normalizer.differentiate(slice, this.#input(slice), this.#outputGradient(slice), dInput);
  }

  evaluateMeet(): void {
    this.#normalizer.evaluateMeet();
  }

  evaluate(slice: number): void {
    this.#normalizer.evaluate(slice, this.#input(slice), nth(this.#context.output.value, slice));
  }
}

/** A batch norm with nothing around it. */
export const bareNorm = (input: Plane, output: Plane): Omit<BatchNormPlan, "lanes"> => ({
  input,
  output,
  inputGradient: input,
  reluBefore: false,
  reluAfter: false,
  pool: false,
});

export const batchNorm: Room<"batchNorm"> = {
  plan: (context) => {
    const { planner, name, operation, tensors, sliceRecords, inputs, output } = context;
    const { epsilon, momentum } = operation, plan = bareNorm(inputs[0].plane, output.plane);
    const options = { tensors, epsilon, momentum, sliceRecords, plan };
    return new NormOperation(new BatchNormalizer(planner, name, options), context);
  },
};
