/**
 * Trains and evaluates one trial: the loop over batches, phases and slices, as one worker of a team runs it.
 *
 * A batch is cut into slices of eight examples, whoever works on them. What a slice contributes to a sum over the
 * batch goes into memory of its own, and those contributions are added in slice order: so the bits do not depend
 * on the number of workers.
 *
 * @module
 */
import { PIXELS } from "../augmentations/mod.ts";
import { epochOrder } from "../batch_order.ts";
import type { ImageSet, NamedTensor } from "../engine.ts";
import { initialTensors } from "../initial_weights.ts";
import { type ExampleLoss, softmaxCrossEntropy } from "../loss.ts";
import { learningRateAt, optimizerScalarsAt } from "../rates.ts";
import type { StepPosition } from "../stepping.ts";
import { batches, splitTrainingSet } from "../training_set.ts";
import type { CompletedTraining } from "../../models/iteration.ts";
import type { EpochMeasures } from "../../models/recipe/schedules/mod.ts";
import { LANES } from "./layout.ts";
import { type BoundOperation, meets, nth, type Runtime, SLICE_RECORD, type Step } from "./operation.ts";
import { type PlacedTensor } from "./parameters.ts";
import { type Program } from "./program.ts";
import { CONTROL, controlWords, Team } from "./team.ts";
import { Updater } from "./update.ts";

/** Sums of an epoch in training mode. */
export interface TrainingSums {
  readonly loss: number;
  readonly correct: number;
  /** Images that were trained on: fewer than there are where a last batch is dropped. */
  readonly images: number;
  readonly learningRate: number;
  /** A loss was not finite: the epoch ended there, and the parameters mean nothing. */
  readonly diverged: boolean;
}

/** What an evaluation writes: each image's predicted class, and each group's sum of losses. */
export interface Evaluation {
  readonly predictions: Uint8Array;
  readonly losses: Float64Array;
}

/** A part of a pass over a batch, at whose end all slices meet. */
interface Phase {
  readonly run: readonly ((slice: number, step: Step) => void)[];
  readonly meet: (step: Step) => void;
}

export class Trainer {
  readonly #program: Program;
  readonly #operations: readonly BoundOperation[];
  readonly #f32: Float32Array;
  readonly #f64: Float64Array;
  readonly #i32: Int32Array;
  readonly #updater: Updater;
  readonly #phases: readonly Phase[];
  readonly #result: ExampleLoss = { loss: 0, prediction: 0 };
  #data: ImageSet = { images: new Uint8Array(0), labels: new Uint8Array(0) };
  /** Of the step's examples in the data. */
  #indices: Uint32Array = new Uint32Array(0);

  /**
   * `rank` is the worker's own place in the memory's scratch areas; 0 keeps the books and must be in every team.
   */
  constructor(program: Program, instance: WebAssembly.Instance, memory: WebAssembly.Memory, rank: number) {
    this.#program = program;
    this.#operations = program.operations.map(({ operation }) => operation);
    this.#f32 = new Float32Array(memory.buffer);
    this.#f64 = new Float64Array(memory.buffer);
    this.#i32 = new Int32Array(memory.buffer);
    const kernels = instance.exports as Record<string, (...args: number[]) => void>;
    const runtime: Runtime = { kernels, f32: this.#f32, i32: this.#i32, rank };
    for (const area of program.workerAreas) area.settle(rank);
    for (const operation of this.#operations) operation.bind(runtime);
    program.images.bind(runtime);
    this.#updater = new Updater(program, program.training, runtime);
    this.#phases = this.#planPhases();
  }

  /** This worker's place in a team of `size`. */
  team(position: number, size: number): Team {
    const from = this.#program.control / 4;
    return new Team(this.#i32.subarray(from, from + controlWords(size)), position, size);
  }

  get training(): CompletedTraining {
    return this.#program.training;
  }

  /** Sets all tensors to `values` in canonical order, and clears the optimizer. */
  initialize(values: Float32Array): void {
    for (const { spec, address } of this.#program.parameters.tensors) {
      this.#f32.set(values.subarray(spec.offset, spec.offset + spec.length), address / 4);
    }
    this.#updater.initialize();
    this.#prepare();
  }

  /** The same, with tensors drawn from the seed. */
  initializeFromSeed(seed: number): void {
    const { graph, training } = this.#program;
    this.initialize(initialTensors(graph, seed, training.initialization));
  }

  #prepare(): void {
    for (const operation of this.#operations) operation.prepare?.();
  }

  /** Copies of tensors; `shift` leads from a parameter's place to its place in another array. */
  #copy(tensors: readonly PlacedTensor[], shift = 0): NamedTensor[] {
    return tensors.map(({ spec: { name, shape, length }, address }) => {
      const at = (address + shift) / 4;
      return { name, shape, data: this.#f32.slice(at, at + length) };
    });
  }

  get #trained(): readonly PlacedTensor[] {
    return this.#program.parameters.tensors.filter(({ spec }) => spec.trained);
  }

  /** A copy of every tensor, parameters first, then running statistics, in layer order. */
  tensors(): NamedTensor[] {
    return this.#copy(this.#program.parameters.tensors);
  }

  /** A copy of every parameter's moving average; none where the recipe has none. */
  averages(): NamedTensor[] {
    const { parameters: { values, states }, training } = this.#program;
    return training.average ? this.#copy(this.#trained, states.at(-1)! - values) : [];
  }

  /** A copy of every parameter's gradient of the last step, as the optimizer took it. */
  gradients(): NamedTensor[] {
    const { values, gradients } = this.#program.parameters;
    return this.#copy(this.#trained, gradients - values);
  }

  #planPhases(): Phase[] {
    const { operations } = this.#program, phases: Phase[] = [];
    let run = [(slice: number, step: Step): void => this.#drawInput(slice, step)];
    const meet = (then: (step: Step) => void) => {
      phases.push({ run, meet: then });
      run = [];
    };
    for (const operation of this.#operations) {
      if (meets(operation)) {
        run.push((slice) => operation.forwardStart(slice));
        meet((step) => operation.forwardMeet(step));
      }
      run.push((slice, step) => operation.forward(slice, step));
    }
    run.push((slice, step) => this.#lossAndGradient(slice, step));
    for (const [i, { operation, learns }] of [...operations.entries()].toReversed()) {
      if (!learns) continue;
      if (meets(operation)) {
        run.push((slice) => operation.backwardStart(slice));
        meet((step) => operation.backwardMeet(step));
      }
      const before = operations[i - 1];
      if (before?.restored) run.push((slice) => before.operation.restore!(slice));
      run.push((slice, step) => operation.backward(slice, step));
    }
    meet(() => {});
    return phases;
  }

  /** Draws a slice's augmented images and notes who is in it. */
  #drawInput(slice: number, step: Step): void {
    const record = nth(this.#program.sliceRecords, slice), indices = this.#indices;
    const here = Math.min(LANES, step.examples - slice * LANES);
    for (let lane = 0; lane < LANES; lane++) {
      const index = lane < here ? indices[slice * LANES + lane] : 0;
      this.#i32[(record + SLICE_RECORD.mask) / 4 + lane] = lane < here ? -1 : 0;
      this.#i32[(record + SLICE_RECORD.indices) / 4 + lane] = index;
      if (lane < here) this.#program.images.writeTraining(slice, lane, this.#data.images, step, index);
      else this.#program.images.writeBlank(slice, lane);
    }
    this.#f32[(record + SLICE_RECORD.examples) / 4] = here;
  }

  #lossAndGradient(slice: number, step: Step): void {
    const { logits, classes, sliceRecords, losses, correct, training: { labelSmoothing } } = this.#program;
    const indices = (nth(sliceRecords, slice) + SLICE_RECORD.indices) / 4;
    const here = Math.min(LANES, step.examples - slice * LANES);
    const from = nth(logits.value, slice) / 4, to = nth(logits.gradient, slice) / 4;
    const dLogits = this.#f32.subarray(to, to + classes * LANES);
    const values = this.#f32.subarray(from, from + classes * LANES);
    dLogits.fill(0);
    let loss = 0, right = 0;
    for (let lane = 0; lane < here; lane++) {
      const label = this.#data.labels[this.#i32[indices + lane]];
      softmaxCrossEntropy(values, label, {
        classes,
        start: lane,
        stride: LANES,
        weight: 1 / step.examples,
        labelSmoothing,
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
   */
  trainStep(
    team: Team,
    data: ImageSet,
    indices: Uint32Array,
    position: StepPosition,
  ): { loss: number; correct: number } {
    const { losses, correct } = this.#program, { epoch, seed } = position;
    const examples = indices.length;
    const step: Step = { examples, slices: Math.ceil(examples / LANES), epoch, seed };
    this.#data = data;
    this.#indices = indices;
    for (const [i, phase] of this.#phases.entries()) {
      const run = (slice: number) => {
        for (const part of phase.run) part(slice, step);
      };
      // there and back: the slices that the phase before ended with are still in the cache
      team.forEachSlice(step.slices, run, { backwards: i % 2 === 1 });
      team.meet();
      phase.meet(step);
    }
    team.forEachSlice(this.#operations.length, (i) => this.#operations[i].reduce?.(step));
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
    if (team.position === 0) this.#update(position);
    team.meet();
    return sums;
  }

  #update({ stepNumber, stepsPerEpoch, history }: StepPosition): void {
    const scalars = optimizerScalarsAt(this.#program.training, stepNumber, stepsPerEpoch, history);
    this.#updater.update(scalars);
    this.#prepare();
  }

  /** Trains an epoch (1-based); position 0's sums count. */
  trainEpoch(team: Team, data: ImageSet, { epoch, seed, history }: {
    readonly epoch: number;
    readonly seed: number;
    /** Of the epochs before. */
    readonly history: readonly EpochMeasures[];
  }): TrainingSums {
    const { training } = this.#program;
    const { trainCount } = splitTrainingSet(training, data.labels.length);
    const steps = batches(training, epochOrder(trainCount, seed, epoch)), stepsPerEpoch = steps.length;
    const isDiverged = () => Atomics.load(team.control, CONTROL.diverged) !== 0;
    let loss = 0, correct = 0, images = 0;
    if (team.position === 0) Atomics.store(team.control, CONTROL.images, 0);
    team.meet(); // position 0 may have just set the initial weights
    for (const [i, indices] of steps.entries()) {
      const stepNumber = (epoch - 1) * stepsPerEpoch + i;
      const position = { epoch, seed, stepNumber, stepsPerEpoch, history };
      const sums = this.trainStep(team, data, indices, position);
      loss += sums.loss;
      correct += sums.correct;
      images += indices.length;
      if (isDiverged()) break;
    }
    const learningRate = learningRateAt(training, epoch * stepsPerEpoch - 1, stepsPerEpoch, history);
    return { loss, correct, images, learningRate, diverged: isDiverged() };
  }

  /** Runs `work` with the averages in the parameters' place, where the recipe has some. */
  #withAverages(team: Team, work: () => void): void {
    if (!this.#program.training.average) return work();
    const exchange = () => {
      if (team.position !== 0) return;
      this.#updater.exchangeAverages();
      this.#prepare();
    };
    exchange();
    team.meet();
    work();
    exchange();
    team.meet();
  }

  /** Makes the constants of evaluation. */
  #startEvaluation(): void {
    for (const operation of this.#operations) if (meets(operation)) operation.evaluateMeet();
  }

  /** Computes the logits of up to eight images in a slice's memory; `imageAt` says which image is in a lane. */
  #evaluateGroup(slice: number, images: Uint8Array, imageAt: (lane: number) => number): Float32Array {
    const { logits, classes } = this.#program;
    for (let lane = 0; lane < LANES; lane++) {
      this.#program.images.writeTest(slice, lane, images, imageAt(lane));
    }
    for (const operation of this.#operations) operation.evaluate(slice);
    const from = nth(logits.value, slice) / 4;
    return this.#f32.subarray(from, from + classes * LANES);
  }

  /** Evaluates `data` in groups of eight, each on its own. */
  evaluate(team: Team, data: ImageSet, evaluation: Evaluation): void {
    this.#withAverages(team, () => this.#evaluateShare(team, data, evaluation));
  }

  #evaluateShare(team: Team, data: ImageSet, { predictions, losses }: Evaluation): void {
    const { classes } = this.#program;
    const count = data.labels.length, groups = Math.ceil(count / LANES);
    this.#startEvaluation();
    team.forEachSlice(groups, (group) => {
      const first = group * LANES, here = Math.min(LANES, count - first);
      // each worker uses one slice's memory; lanes without an image of their own hold the group's first
      const imageAt = (lane: number) => first + (lane < here ? lane : 0);
      const values = this.#evaluateGroup(team.position, data.images, imageAt);
      let loss = 0;
      for (let lane = 0; lane < here; lane++) {
        softmaxCrossEntropy(values, data.labels[first + lane], {
          classes,
          start: lane,
          stride: LANES,
          weight: 1,
          result: this.#result,
        });
        loss += this.#result.loss;
        predictions[first + lane] = this.#result.prediction;
      }
      losses[group] = loss;
    });
    team.meet();
  }

  /** Logits `[N,10]` of uint8 images `[N,28,28]` in evaluation mode, for tests. */
  logits(team: Team, images: Uint8Array): Float32Array {
    const count = images.length / PIXELS, { classes } = this.#program;
    const out = new Float32Array(count * classes);
    this.#withAverages(team, () => {
      this.#startEvaluation();
      for (let first = 0; first < count; first += LANES) {
        const values = this.#evaluateGroup(0, images, (lane) => Math.min(count - 1, first + lane));
        for (let lane = 0; lane < LANES && first + lane < count; lane++) {
          for (let i = 0; i < classes; i++) out[(first + lane) * classes + i] = values[i * LANES + lane];
        }
      }
    });
    return out;
  }
}

/** Instantiates a program's kernels on a memory. */
export function instantiate(program: Program, memory: WebAssembly.Memory): WebAssembly.Instance {
  return new WebAssembly.Instance(new WebAssembly.Module(program.module), { env: { memory } });
}
