/**
 * Ghost batch norm: each part of the batch has statistics of its own.
 *
 * Parts end where they like, so that a slice may hold examples of several: the kernels keep its lanes apart, every
 * lane's constants are those of its part, and a part's sums go over its examples in their order.
 *
 * @module
 */
import { splitStarts } from "../../../models/layers/ghost_batch_norm.ts";
import { LANES } from "../layout.ts";
import {
  kernelsOf,
  nth,
  type Planner,
  type Room,
  type Runtime,
  SLICE_RECORD,
  type Step,
} from "../operation.ts";
import {
  bareNorm,
  BatchNormMemory,
  type BatchNormOptions,
  type Normalizer,
  NormOperation,
} from "./batch_norm.ts";
import { CHANNEL_RECORD } from "./batch_norm_channel.ts";

/** What is planned of a ghost batch norm. */
export interface GhostBatchNormOptions extends BatchNormOptions {
  readonly splits: number;
}

/** Of one part, by channel. */
interface PartRecord {
  readonly mean: Float64Array;
  /** 1/σ */
  readonly inverse: Float64Array;
  readonly a: Float64Array;
  readonly b: Float64Array;
  readonly c: Float64Array;
}

export class GhostBatchNormalizer implements Normalizer {
  readonly #name: string;
  readonly #options: GhostBatchNormOptions;
  readonly #memory: BatchNormMemory;
  /** First examples of this step's parts, and the number of examples. */
  #starts: readonly number[] = [0];
  #parts: PartRecord[] = [];
  #runtime!: Runtime;
  #kernels: Runtime["kernels"] = {};

  constructor(planner: Planner, name: string, options: GhostBatchNormOptions) {
    this.#name = name;
    this.#options = options;
    this.#memory = new BatchNormMemory(planner, name, { ...options.plan, lanes: "apart" });
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
    const statistics = nth(this.#memory.statistics, slice);
    this.#kernels.statistics(y, nth(this.#options.sliceRecords, slice), statistics, this.#scratchHere);
  }

  /** Where the first value of an example and a channel lies in `statistics` or `sums`; the second is a vector on. */
  #place(area: { address: number; each: number }, example: number, channel: number): number {
    return nth(area, Math.floor(example / LANES)) / 4 + 2 * LANES * channel + example % LANES;
  }

  /** Mean and variance of each part from those of its examples, by Chan's formula, in float64. */
  forwardMeet(step: Step): void {
    const { f32, rank } = this.#runtime, { statistics, positions, channels } = this.#memory;
    const { tensors, epsilon, momentum, splits, biasBefore } = this.#options;
    this.#starts = splitStarts(step.examples, splits);
    const parts = this.#starts.length - 1;
    const array = () => new Float64Array(channels);
    this.#parts = Array.from(
      { length: parts },
      () => ({ mean: array(), inverse: array(), a: array(), b: array(), c: array() }),
    );
    for (let k = 0; k < channels; k++) {
      let means = 0, variances = 0;
      this.#parts.forEach((part, p) => {
        let count = 0, mean = 0, squares = 0;
        for (let example = this.#starts[p]; example < this.#starts[p + 1]; example++) {
          const at = this.#place(statistics, example, k);
          const difference = f32[at] - mean, total = count + positions;
          mean += difference * positions / total;
          squares += f32[at + LANES] + difference * difference * count * positions / total;
          count = total;
        }
        part.mean[k] = mean;
        part.inverse[k] = 1 / Math.sqrt(squares / count + epsilon);
        means += mean;
        variances += squares / Math.max(1, count - 1);
      });
      if (rank === 0) {
        const i = tensors.running_mean.value / 4 + k, j = tensors.running_var.value / 4 + k;
        const bias = biasBefore ? f32[biasBefore.value / 4 + k] : 0;
        f32[i] = (1 - momentum) * f32[i] + momentum * (means / parts + bias);
        f32[j] = (1 - momentum) * f32[j] + momentum * variances / parts;
      }
    }
  }

  /** Writes a lane's z = scale·r + shift. */
  #setAffine(k: number, lane: number, mean: number, inverse: number): void {
    const { f32 } = this.#runtime, { weight, bias } = this.#options.tensors;
    const at = this.#recordsHere / 4 + k * CHANNEL_RECORD.size * LANES + lane;
    const scale = f32[weight.value / 4 + k] * inverse;
    f32[at + CHANNEL_RECORD.scale * LANES] = scale;
    f32[at + CHANNEL_RECORD.shift * LANES] = f32[bias.value / 4 + k] - mean * scale;
    f32[at + CHANNEL_RECORD.mean * LANES] = mean;
  }

  /** Gives every lane of a slice the constants of its part; lanes without an example get the last part's. */
  #writeRecords(slice: number, gradient: boolean): void {
    const { f32 } = this.#runtime;
    for (let lane = 0, p = 0; lane < LANES; lane++) {
      const example = slice * LANES + lane;
      while (p < this.#parts.length - 1 && example >= this.#starts[p + 1]) p++;
      const part = this.#parts[p];
      for (let k = 0; k < this.#memory.channels; k++) {
        this.#setAffine(k, lane, part.mean[k], part.inverse[k]);
        if (!gradient) continue;
        const at = this.#recordsHere / 4 + k * CHANNEL_RECORD.size * LANES + lane;
        f32[at + CHANNEL_RECORD.a * LANES] = part.a[k];
        f32[at + CHANNEL_RECORD.b * LANES] = part.b[k];
        f32[at + CHANNEL_RECORD.c * LANES] = part.c[k];
      }
    }
  }

  normalize(slice: number, y: number, out: number): void {
    this.#writeRecords(slice, false);
    this.#kernels.forward(y, this.#recordsHere, out, ...this.#memory.kept(slice));
  }

  sum(slice: number, y: number, dOut: number): void {
    this.#writeRecords(slice, false);
    const sums = nth(this.#memory.sums, slice);
    this.#kernels.sums(this.#memory.summed(slice, y), dOut, this.#recordsHere, sums, this.#scratchHere);
  }

  backwardMeet(): void {
    const { f32, rank } = this.#runtime, { sums, positions, channels } = this.#memory;
    const { weight, bias } = this.#options.tensors;
    for (let k = 0; k < channels; k++) {
      let dWeight = 0, dBias = 0;
      this.#parts.forEach((part, p) => {
        const first = this.#starts[p], end = this.#starts[p + 1], count = (end - first) * positions;
        let dz = 0, dzDeviation = 0;
        for (let example = first; example < end; example++) {
          const at = this.#place(sums, example, k);
          dz += f32[at];
          dzDeviation += f32[at + LANES];
        }
        const share = dzDeviation * part.inverse[k]; // Σ dz·r̂
        part.a[k] = f32[weight.value / 4 + k] * part.inverse[k];
        part.b[k] = -part.a[k] * part.inverse[k] * share / count;
        part.c[k] = -part.a[k] * dz / count;
        dWeight += share;
        dBias += dz;
      });
      if (rank === 0) {
        f32[weight.gradient / 4 + k] = dWeight;
        f32[bias.gradient / 4 + k] = dBias;
      }
    }
  }

  differentiate(slice: number, y: number, dOut: number, dy: number): void {
    this.#writeRecords(slice, true);
    const mask = nth(this.#options.sliceRecords, slice) + SLICE_RECORD.mask;
    this.#kernels.backward(y, dOut, this.#recordsHere, mask, dy);
  }

  evaluateMeet(): void {
    const { f32 } = this.#runtime, { tensors, epsilon, biasBefore } = this.#options;
    for (let k = 0; k < this.#memory.channels; k++) {
      const bias = biasBefore ? f32[biasBefore.value / 4 + k] : 0;
      const mean = f32[tensors.running_mean.value / 4 + k] - bias;
      const inverse = 1 / Math.sqrt(f32[tensors.running_var.value / 4 + k] + epsilon);
      for (let lane = 0; lane < LANES; lane++) this.#setAffine(k, lane, mean, inverse);
    }
  }

  evaluate(slice: number, y: number, out: number): void {
    this.#kernels.forward(y, this.#recordsHere, out, ...this.#memory.kept(slice));
  }
}

export const ghostBatchNorm: Room<"ghostBatchNorm"> = {
  plan: (context) => {
    const { planner, name, operation, tensors, sliceRecords, inputs, output } = context;
    const { epsilon, momentum, splits } = operation, plan = bareNorm(inputs[0].plane, output.plane);
    const options = { tensors, epsilon, momentum, splits, sliceRecords, plan };
    return new NormOperation(new GhostBatchNormalizer(planner, name, options), context);
  },
};
