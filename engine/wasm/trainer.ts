/**
 * Trains and evaluates one trial: the loop over batches, phases and slices, as one worker of a team runs it.
 *
 * A batch is cut into slices of eight examples, whoever works on them. What a slice contributes to a sum over the
 * batch goes into memory of its own, and those contributions are added in slice order: so the bits do not depend
 * on the number of workers.
 *
 * @module
 */
import { augment, SIDE } from "../augmentation.ts";
import { epochOrder } from "../batch_order.ts";
import type { ImageSet, NamedTensor } from "../engine.ts";
import { initialTensors } from "../initial_weights.ts";
import { type ExampleLoss, softmaxCrossEntropy } from "../loss.ts";
import { normalizationTable } from "../normalization.ts";
import { optimizerScalars } from "../optimizers.ts";
import { learningRateAt } from "../schedules.ts";
import type { Iteration, Training } from "../../models/iteration.ts";
import { SLICE_RECORD } from "./batch_norm.ts";
import { imageOffset, LANES, rowBytes } from "./layout.ts";
import { meets, nth, type Runtime, type Step } from "./operation.ts";
import { scalarRecord } from "./optimizer.ts";
import { type Program } from "./program.ts";
import { CONTROL, Team } from "./team.ts";

const PIXELS = SIDE * SIDE;

/** Sums of an epoch in training mode. */
export interface TrainingSums {
  readonly loss: number;
  readonly correct: number;
  readonly learningRate: number;
  /** A loss was not finite: the epoch ended there, and the parameters mean nothing. */
  readonly diverged: boolean;
}

/** A part of a pass over a batch, at whose end all slices meet. */
interface Phase {
  readonly run: readonly ((slice: number, step: Step) => void)[];
  readonly meet: (step: Step) => void;
}

export class Trainer {
  readonly #program: Program;
  readonly #training: Training;
  readonly #iteration: Iteration;
  readonly #f32: Float32Array;
  readonly #f64: Float64Array;
  readonly #i32: Int32Array;
  readonly #runtime: Runtime;
  readonly #phases: readonly Phase[];
  readonly #trainTable: Float32Array;
  readonly #testTable: Float32Array;
  readonly #image = new Uint8Array(PIXELS);
  readonly #result: ExampleLoss = { loss: 0, prediction: 0 };
  #labels: Uint8Array = new Uint8Array(0);

  /**
   * `rank` is the worker's own place in the memory's scratch areas; 0 keeps the books and must be in every team.
   */
  constructor(
    program: Program,
    iteration: Iteration,
    instance: WebAssembly.Instance,
    memory: WebAssembly.Memory,
    rank: number,
  ) {
    this.#program = program;
    this.#iteration = iteration;
    this.#training = iteration.training;
    this.#f32 = new Float32Array(memory.buffer);
    this.#f64 = new Float64Array(memory.buffer);
    this.#i32 = new Int32Array(memory.buffer);
    const kernels = instance.exports as Record<string, (...args: number[]) => void>;
    this.#runtime = { kernels, f32: this.#f32, i32: this.#i32, rank };
    for (const operation of program.operations) operation.bind(this.#runtime);
    this.#phases = this.#planPhases();
    this.#trainTable = normalizationTable(iteration.training.trainNormalization);
    this.#testTable = normalizationTable(iteration.training.testNormalization);
  }

  /** This worker's place in a team of `size`. */
  team(position: number, size: number): Team {
    return new Team(
      this.#i32.subarray(this.#program.control / 4, this.#program.control / 4 + 16),
      position,
      size,
    );
  }

  /** Sets all tensors to `values` in canonical order (default: drawn from the seed) and clears the optimizer. */
  initialize(seed: number, values: Float32Array = initialTensors(this.#iteration.layers, seed)): void {
    for (const { spec, address } of this.#program.tensors) {
      this.#f32.set(values.subarray(spec.offset, spec.offset + spec.length), address / 4);
    }
    const { addresses, bytes } = this.#program.parameters;
    for (const address of addresses.slice(1)) this.#f32.fill(0, address / 4, (address + bytes) / 4);
    for (const operation of this.#program.operations) operation.prepare?.();
  }

  /** A copy of every tensor, parameters first, then running statistics, in layer order. */
  tensors(): NamedTensor[] {
    return this.#program.tensors.map(({ spec, address }) => ({
      name: spec.name,
      shape: spec.shape,
      data: this.#f32.slice(address / 4, address / 4 + spec.length),
    }));
  }

  /** A copy of every parameter's gradient of the last step. */
  gradients(): NamedTensor[] {
    const { addresses } = this.#program.parameters;
    return this.#program.tensors.filter(({ spec }) => !spec.role.startsWith("running")).map(
      ({ spec, address }) => {
        const at = (address - addresses[0] + addresses[1]) / 4;
        return { name: spec.name, shape: spec.shape, data: this.#f32.slice(at, at + spec.length) };
      },
    );
  }

  #planPhases(): Phase[] {
    const { operations, firstLearning } = this.#program;
    const phases: Phase[] = [];
    let run: ((slice: number, step: Step) => void)[] = [];
    const meet = (then: (step: Step) => void) => {
      phases.push({ run, meet: then });
      run = [];
    };
    for (const operation of operations) {
      if (meets(operation)) {
        run.push((slice) => operation.forwardStart(slice));
        meet((step) => operation.forwardMeet(step));
      }
      run.push((slice, step) => operation.forward(slice, step));
    }
    run.push((slice, step) => this.#lossAndGradient(slice, step));
    for (const operation of operations.slice(firstLearning).reverse()) {
      if (meets(operation)) {
        run.push((slice) => operation.backwardStart(slice));
        meet((step) => operation.backwardMeet(step));
      }
      run.push((slice, step) => operation.backward(slice, step));
    }
    meet(() => {});
    return phases;
  }

  /** Writes an image to a lane of the network's input. */
  #writeImage(slice: number, lane: number, image: Uint8Array, table: Float32Array): void {
    const { plane, value } = this.#program.input;
    const row = rowBytes(plane) / 4;
    let to = (nth(value, slice) + imageOffset(plane)) / 4 + lane;
    const f32 = this.#f32;
    for (let y = 0, pixel = 0; y < SIDE; y++, to += row - SIDE * LANES) {
      for (let x = 0; x < SIDE; x++, pixel++, to += LANES) f32[to] = table[image[pixel]];
    }
  }

  /** Draws a slice's augmented images and notes who is in it. */
  #drawInput(slice: number, step: Step, indices: Uint32Array, images: Uint8Array): void {
    const record = nth(this.#program.sliceRecords, slice);
    const here = Math.min(LANES, step.examples - slice * LANES);
    for (let lane = 0; lane < LANES; lane++) {
      const index = lane < here ? indices[slice * LANES + lane] : 0;
      this.#i32[(record + SLICE_RECORD.mask) / 4 + lane] = lane < here ? -1 : 0;
      this.#i32[(record + SLICE_RECORD.indices) / 4 + lane] = index;
      if (lane < here) {
        const image = images.subarray(index * PIXELS, (index + 1) * PIXELS);
        augment(image, this.#image, this.#training.augmentation, step.seed, step.epoch, index);
      } else this.#image.fill(0);
      this.#writeImage(slice, lane, this.#image, this.#trainTable);
    }
    this.#f32[(record + SLICE_RECORD.examples) / 4] = here;
  }

  #lossAndGradient(slice: number, step: Step): void {
    const { logits, classes, sliceRecords, losses, correct } = this.#program;
    const indices = (nth(sliceRecords, slice) + SLICE_RECORD.indices) / 4;
    const here = Math.min(LANES, step.examples - slice * LANES);
    const from = nth(logits.value, slice) / 4, to = nth(logits.gradient, slice) / 4;
    const dLogits = this.#f32.subarray(to, to + classes * LANES);
    const values = this.#f32.subarray(from, from + classes * LANES);
    dLogits.fill(0);
    let loss = 0, right = 0;
    for (let lane = 0; lane < here; lane++) {
      const label = this.#labels[this.#i32[indices + lane]];
      softmaxCrossEntropy(values, label, {
        classes,
        start: lane,
        stride: LANES,
        weight: 1 / step.examples,
        dLogits,
        result: this.#result,
      });
      loss += this.#result.loss;
      if (this.#result.prediction === label) right++;
    }
    this.#f64[nth(losses, slice) / 8] = loss;
    this.#i32[nth(correct, slice) / 4] = right;
  }

  /**
   * Trains one step on `images[indices]`; returns the batch's sum of losses and number of right answers (to
   * position 0 of the team; others get zeros).
   *
   * `stepNumber` counts from 0 over the whole training.
   */
  trainStep(team: Team, data: ImageSet, indices: Uint32Array, options: {
    epoch: number;
    seed: number;
    stepNumber: number;
    stepsPerEpoch: number;
  }): { loss: number; correct: number } {
    const { operations, losses, correct } = this.#program;
    const { epoch, seed } = options;
    const step: Step = {
      examples: indices.length,
      slices: Math.ceil(indices.length / LANES),
      epoch,
      seed,
    };
    this.#labels = data.labels;
    team.forEachSlice(step.slices, (slice) => this.#drawInput(slice, step, indices, data.images));
    for (const phase of this.#phases) {
      team.forEachSlice(step.slices, (slice) => {
        for (const run of phase.run) run(slice, step);
      });
      team.meet();
      phase.meet(step);
    }
    team.forEachSlice(operations.length, (i) => operations[i].reduce?.(step));
    const sums = { loss: 0, correct: 0 };
    if (team.position === 0) {
      for (let slice = 0; slice < step.slices; slice++) {
        sums.loss += this.#f64[nth(losses, slice) / 8];
        sums.correct += this.#i32[nth(correct, slice) / 4];
      }
      if (!Number.isFinite(sums.loss)) Atomics.store(team.control, CONTROL.diverged, 1);
      Atomics.add(team.control, CONTROL.images, step.examples);
    }
    team.meet();
    if (team.position === 0) this.#update(options.stepNumber, options.stepsPerEpoch);
    team.meet();
    return sums;
  }

  #update(stepNumber: number, stepsPerEpoch: number): void {
    const { parameters, optimizerScalars: scalars, operations } = this.#program;
    const values = optimizerScalars(this.#training, stepNumber, stepsPerEpoch);
    this.#f32.set(scalarRecord(values), scalars / 4);
    const [value, gradient, first, second] = parameters.addresses;
    this.#runtime.kernels[values.kind](value, gradient, first, second, scalars, parameters.bytes / 16);
    for (const operation of operations) operation.prepare?.();
  }

  /** Trains an epoch (1-based); position 0's sums count. */
  trainEpoch(team: Team, data: ImageSet, { epoch, seed }: { epoch: number; seed: number }): TrainingSums {
    const { batchSize } = this.#training, count = data.labels.length;
    const stepsPerEpoch = Math.ceil(count / batchSize);
    const order = epochOrder(count, seed, epoch);
    let loss = 0, correct = 0;
    if (team.position === 0) Atomics.store(team.control, CONTROL.images, 0);
    team.meet(); // position 0 may have just set the initial weights
    for (let i = 0; i < stepsPerEpoch; i++) {
      const indices = order.subarray(i * batchSize, Math.min(count, (i + 1) * batchSize));
      const stepNumber = (epoch - 1) * stepsPerEpoch + i;
      const sums = this.trainStep(team, data, indices, { epoch, seed, stepNumber, stepsPerEpoch });
      loss += sums.loss;
      correct += sums.correct;
      if (Atomics.load(team.control, CONTROL.diverged) !== 0) break;
    }
    return {
      loss,
      correct,
      learningRate: learningRateAt(this.#training, epoch * stepsPerEpoch - 1, stepsPerEpoch),
      diverged: Atomics.load(team.control, CONTROL.diverged) !== 0,
    };
  }

  /**
   * Evaluates `data` in groups of eight, each on its own; writes each image's predicted class and each group's sum
   * of losses.
   */
  evaluate(team: Team, data: ImageSet, predictions: Uint8Array, losses: Float64Array): void {
    const { operations, logits, classes } = this.#program;
    const count = data.labels.length, groups = Math.ceil(count / LANES);
    // each worker uses one slice's memory
    const slice = team.position;
    for (const operation of operations) if (meets(operation)) operation.evaluateMeet();
    team.forEachSlice(groups, (group) => {
      const here = Math.min(LANES, count - group * LANES);
      for (let lane = 0; lane < LANES; lane++) {
        const index = group * LANES + (lane < here ? lane : 0);
        this.#writeImage(
          slice,
          lane,
          data.images.subarray(index * PIXELS, (index + 1) * PIXELS),
          this.#testTable,
        );
      }
      for (const operation of operations) operation.evaluate(slice);
      const from = nth(logits.value, slice) / 4;
      const values = this.#f32.subarray(from, from + classes * LANES);
      let loss = 0;
      for (let lane = 0; lane < here; lane++) {
        const index = group * LANES + lane;
        softmaxCrossEntropy(values, data.labels[index], {
          classes,
          start: lane,
          stride: LANES,
          weight: 1,
          result: this.#result,
        });
        loss += this.#result.loss;
        predictions[index] = this.#result.prediction;
      }
      losses[group] = loss;
    });
    team.meet();
  }

  /** Logits `[N,10]` of uint8 images `[N,28,28]` in evaluation mode, for tests. */
  logits(images: Uint8Array): Float32Array {
    const count = images.length / PIXELS, { logits, classes, operations } = this.#program;
    const out = new Float32Array(count * classes);
    for (const operation of operations) if (meets(operation)) operation.evaluateMeet();
    for (let first = 0; first < count; first += LANES) {
      for (let lane = 0; lane < LANES; lane++) {
        const index = Math.min(count - 1, first + lane);
        this.#writeImage(0, lane, images.subarray(index * PIXELS, (index + 1) * PIXELS), this.#testTable);
      }
      for (const operation of operations) operation.evaluate(0);
      const from = nth(logits.value, 0) / 4;
      for (let lane = 0; lane < LANES && first + lane < count; lane++) {
        for (let i = 0; i < classes; i++) {
          out[(first + lane) * classes + i] = this.#f32[from + i * LANES + lane];
        }
      }
    }
    return out;
  }
}

/** Instantiates a program's kernels on a memory. */
export function instantiate(program: Program, memory: WebAssembly.Memory): WebAssembly.Instance {
  return new WebAssembly.Instance(new WebAssembly.Module(program.module), { env: { memory } });
}
