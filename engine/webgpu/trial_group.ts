/**
 * Trains trials of one iteration side by side, epoch by epoch.
 *
 * The host draws an epoch's order and augmentation, records all steps, and waits in portions, so that a person can
 * follow and interrupt; what was measured comes back once per epoch.
 *
 * @module
 */
import { weightsDigest } from "../digest.ts";
import type { Graph } from "../../models/graph.ts";
import { type EpochMeasures, scheduleKindOf } from "../../models/recipe/schedules/mod.ts";
import type { EpochResult, NamedTensor, Trial, TrialEvent } from "../engine.ts";
import { namedTensors } from "../initial_weights.ts";
import { learningRateAt, optimizerScalarsAt } from "../rates.ts";
import type { DrawPool } from "./draw_pool.ts";
import type { Gpu } from "./gpu.ts";
import type { Kernel } from "./kernel.ts";
import type { DeviceData, DeviceNetwork, StepRecord } from "./network.ts";
import { orderScalars } from "./optimizer.ts";
import type { Program } from "./program.ts";

/** How long the host waits for the device before it looks around again. */
const PORTION_MS = 300;
/** Steps that go to the device in one submission: enough to hide its cost, few enough to start soon. */
const STEPS_PER_SUBMISSION = 16;

/** A trial with its index in the list that the engine was given. */
export interface NumberedTrial {
  readonly index: number;
  readonly trial: Trial;
}

/** What a group trains with. */
export interface GroupOptions {
  readonly data: DeviceData;
  /** uint8 [images,28,28] in memory that workers share; needed where images are made on the host. */
  readonly images?: Uint8Array;
  readonly pool: DrawPool;
  readonly onEvent: (event: TrialEvent) => void;
  readonly signal?: AbortSignal;
}

/** Submits steps in portions that take about `PORTION_MS` each, and says after each how many are done. */
class Portions {
  /** Steps of the next portion; it starts small because nothing is known of the device yet. */
  #steps = 1;

  constructor(private readonly gpu: Gpu, private readonly signal?: AbortSignal) {}

  async run(
    network: DeviceNetwork,
    kernels: readonly Kernel[],
    { first, count, onDone }: { first: number; count: number; onDone: (steps: number) => void },
  ): Promise<void> {
    for (let done = 0; done < count;) {
      const portion = Math.min(this.#steps, count - done), started = performance.now();
      for (let at = 0; at < portion; at += STEPS_PER_SUBMISSION) {
        const from = first + done + at;
        network.submit(kernels, from, Math.min(from + STEPS_PER_SUBMISSION, first + done + portion));
      }
      await this.gpu.finish();
      this.signal?.throwIfAborted();
      const ms = performance.now() - started;
      this.#steps = Math.max(1, Math.min(2 * this.#steps, Math.round(PORTION_MS / ms * portion)));
      done += portion;
      onDone(done);
    }
  }
}

/** Steps of evaluation: batches of `lanes` images from `start` on, their sums from slot `slot` on. */
function evaluationRecords(
  { lanes }: Program,
  { start, count, slot }: { readonly start: number; readonly count: number; readonly slot: number },
): StepRecord[] {
  return Array.from({ length: Math.ceil(count / lanes) }, (_, i) => ({
    examples: Math.min(lanes, count - i * lanes),
    first: start + i * lanes,
    epoch: 1,
    training: false,
    slot: slot + i,
    epochLength: count,
  }));
}

/** An epoch's steps of training. */
function trainingRecords(
  { stepsPerEpoch, batchSize, split: { trainCount } }: Program,
  epoch: number,
): StepRecord[] {
  return Array.from({ length: stepsPerEpoch }, (_, i) => ({
    examples: Math.min(batchSize, trainCount - i * batchSize),
    first: i * batchSize,
    epoch,
    training: true,
    slot: i,
    epochLength: trainCount,
  }));
}

/** What an epoch has left of a trial in the buffers of its group. */
class EpochBuffers {
  constructor(
    private readonly network: DeviceNetwork,
    private readonly buffers: ReadonlyMap<string, ArrayBuffer>,
  ) {}

  /** A trial's part of a buffer. */
  part(name: string, trial: number): Float32Array<ArrayBuffer> {
    const length = this.network.wordsOf(name);
    return new Float32Array(this.buffers.get(name)!, 4 * trial * length, length);
  }

  /** Mean loss and share of right answers of a trial over the steps of these slots. */
  measure(
    trial: number,
    { slot, steps, count }: { readonly slot: number; readonly steps: number; readonly count: number },
  ): { readonly loss: number; readonly accuracy: number } {
    const sums = this.part("sums", trial);
    let loss = 0, right = 0;
    for (let at = slot; at < slot + steps; at++) {
      loss += sums[2 * at];
      right += sums[2 * at + 1];
    }
    return { loss: loss / count, accuracy: right / count };
  }

  /** A trial's tensors, in canonical order. */
  tensors(trial: number): Float32Array<ArrayBuffer> {
    const { length, parameterCount } = this.network.program.graph;
    const values = new Float32Array(length);
    values.set(this.part("parameters", trial));
    values.set(this.part("running", trial).subarray(0, length - parameterCount), parameterCount);
    return values;
  }

  averages(trial: number): Float32Array<ArrayBuffer> | undefined {
    return this.buffers.has("averages") ? this.part("averages", trial) : undefined;
  }

  predictions(trial: number): Uint8Array {
    const { length } = this.part("predictions", trial);
    return Uint8Array.from(new Uint32Array(this.buffers.get("predictions")!, 4 * trial * length, length));
  }
}

/** The parameters' averages as `average.` and the parameter's name. */
function namedAverages(graph: Graph, averages: Float32Array): NamedTensor[] {
  const values = new Float32Array(graph.length);
  values.set(averages);
  return namedTensors(graph, values).flatMap((tensor, index) =>
    graph.tensors[index].trained ? [{ ...tensor, name: `average.${tensor.name}` }] : []
  );
}

/** Trains trials of one iteration side by side, epoch by epoch. */
class TrialGroup {
  readonly #program: Program;
  readonly #epochs: number;
  readonly #trainPortions: Portions;
  readonly #testPortions: Portions;
  /** What each trial's epochs measured, for schedules that look back. */
  readonly #histories: EpochMeasures[][];
  readonly #ended = new Set<number>();

  constructor(
    private readonly network: DeviceNetwork,
    private readonly group: readonly NumberedTrial[],
    private readonly options: GroupOptions & { readonly gpu: Gpu },
  ) {
    const { gpu, signal } = options;
    this.#program = network.program;
    this.#epochs = group[0].trial.epochs;
    this.#trainPortions = new Portions(gpu, signal);
    this.#testPortions = new Portions(gpu, signal);
    this.#histories = group.map(() => []);
  }

  async train(): Promise<void> {
    const { network, group, options: { data, signal, onEvent } } = this;
    const { split, stepsPerEpoch, validationSteps } = this.#program;
    group.forEach(({ trial: { seed } }, t) => network.initializeFromSeed(t, seed));
    network.writeSteps([
      ...evaluationRecords(this.#program, {
        start: split.validationStart,
        count: split.validationCount,
        slot: stepsPerEpoch,
      }),
      ...evaluationRecords(this.#program, {
        start: 0,
        count: data.sizes.testCount,
        slot: stepsPerEpoch + validationSteps,
      }),
    ], stepsPerEpoch);
    let draws = this.#draw(1);
    for (let epoch = 1; epoch <= this.#epochs; epoch++) {
      const started = performance.now();
      const words = await draws.catch((error: Error) => error);
      signal?.throwIfAborted();
      if (words instanceof Error) {
        // the recipe asks for what cannot be drawn
        this.#forRunning((index) => onEvent({ kind: "failed", trial: index, message: words.message }));
        return;
      }
      // while the device trains this epoch, the workers draw the next
      if (epoch < this.#epochs) draws = this.#draw(epoch + 1);
      draws.catch(() => {}); // awaited at the next epoch, if there is one
      words.forEach((ofTrial, t) => network.write("drawn", ofTrial, t * network.wordsOf("drawn")));
      await this.#trainEpoch(epoch);
      const trained = performance.now();
      const results = await this.#evaluate(epoch);
      signal?.throwIfAborted();
      const seconds = { train: (trained - started) / 1000, test: (performance.now() - trained) / 1000 };
      this.#forRunning((index, t) => this.#report(index, t, { epoch, results, seconds }));
      if (this.#ended.size === group.length) return;
    }
  }

  #forRunning(report: (index: number, t: number) => void): void {
    this.group.forEach(({ index }, t) => {
      if (!this.#ended.has(t)) report(index, t);
    });
  }

  #draw(epoch: number): Promise<Uint32Array<ArrayBuffer>[]> {
    const { training: { augmentation }, split: { trainCount: count } } = this.#program;
    const { pool, images } = this.options;
    return Promise.all(
      this.group.map(({ trial: { seed } }) => pool.draw({ seed, epoch, count, augmentation, images })),
    );
  }

  /** The optimizer's numbers at an epoch's steps, for trials that have measured this. */
  #scalarsOf(epoch: number, history: readonly EpochMeasures[]): number[][] {
    const { training, stepsPerEpoch } = this.#program, first = (epoch - 1) * stepsPerEpoch;
    return Array.from(
      { length: stepsPerEpoch },
      (_, i) => orderScalars(training, optimizerScalarsAt(training, first + i, stepsPerEpoch, history)),
    );
  }

  async #trainEpoch(epoch: number): Promise<void> {
    const { network, options: { onEvent } } = this,
      { stepsPerEpoch, batchSize, split, training } = this.#program;
    network.writeSteps(trainingRecords(this.#program, epoch));
    if (scheduleKindOf(training.schedule).looksBack) {
      this.#forRunning((_, t) => network.writeScalars(t, this.#scalarsOf(epoch, this.#histories[t])));
    } else {
      const scalars = this.#scalarsOf(epoch, []);
      this.#forRunning((_, t) => network.writeScalars(t, scalars));
    }
    await this.#trainPortions.run(network, this.#program.train, {
      first: 0,
      count: stepsPerEpoch,
      onDone: (steps) => {
        const images = Math.min(split.trainCount, steps * batchSize);
        this.#forRunning((index) => onEvent({ kind: "progress", trial: index, epoch, images }));
      },
    });
  }

  /** Whether the test set is looked at: where images are held out, after the last epoch alone. */
  #tests(epoch: number): boolean {
    return this.#program.validationSteps === 0 || epoch === this.#epochs;
  }

  async #evaluate(epoch: number): Promise<EpochBuffers> {
    const { network } = this, program = this.#program;
    const { stepsPerEpoch, validationSteps, evaluationSteps } = program;
    const run = (kernels: readonly Kernel[], first: number, count: number) =>
      this.#testPortions.run(network, kernels, { first, count, onDone: () => {} });
    network.submit(program.beforeEvaluation, stepsPerEpoch, stepsPerEpoch + 1);
    await run(program.validate, stepsPerEpoch, validationSteps);
    if (this.#tests(epoch)) await run(program.evaluate, stepsPerEpoch + validationSteps, evaluationSteps);
    network.submit(program.afterEvaluation, stepsPerEpoch, stepsPerEpoch + 1);
    const names = ["sums", "parameters", "running"];
    if (program.training.average) names.push("averages");
    if (epoch === this.#epochs) names.push("predictions");
    return new EpochBuffers(network, await network.read(names));
  }

  #report(
    index: number,
    t: number,
    { epoch, results, seconds }: {
      readonly epoch: number;
      readonly results: EpochBuffers;
      readonly seconds: { readonly train: number; readonly test: number };
    },
  ): void {
    const { options: { onEvent, data } } = this;
    const { graph, training, split, stepsPerEpoch, validationSteps, evaluationSteps, batchSize } =
      this.#program;
    const train = results.measure(t, {
      slot: 0,
      steps: stepsPerEpoch,
      count: Math.min(split.trainCount, stepsPerEpoch * batchSize),
    });
    const validation = validationSteps === 0
      ? undefined
      : results.measure(t, { slot: stepsPerEpoch, steps: validationSteps, count: split.validationCount });
    const test = this.#tests(epoch)
      ? results.measure(t, {
        slot: stepsPerEpoch + validationSteps,
        steps: evaluationSteps,
        count: data.sizes.testCount,
      })
      : undefined;
    const values = results.tensors(t), averages = results.averages(t);
    const losses = [train.loss, validation?.loss ?? 0, test?.loss ?? 0];
    // a step can leave the last weights beyond repair without any loss having shown it
    if (
      !losses.every(Number.isFinite) || !values.every(Number.isFinite) ||
      averages?.every(Number.isFinite) === false
    ) {
      this.#ended.add(t);
      onEvent({ kind: "diverged", trial: index, epoch });
      return;
    }
    const history = this.#histories[t];
    const result: EpochResult = {
      epoch,
      learningRate: learningRateAt(training, epoch * stepsPerEpoch - 1, stepsPerEpoch, history),
      trainLoss: train.loss,
      trainAccuracy: train.accuracy,
      validationLoss: validation?.loss ?? null,
      validationAccuracy: validation?.accuracy ?? null,
      testLoss: test?.loss ?? null,
      testAccuracy: test?.accuracy ?? null,
      weightsDigest: weightsDigest([{ data: values }, ...(averages ? [{ data: averages }] : [])]),
      trainSeconds: seconds.train,
      testSeconds: seconds.test,
    };
    history.push(result);
    onEvent({ kind: "epoch", trial: index, result });
    if (epoch < this.#epochs) return;
    const tensors = [...namedTensors(graph, values), ...(averages ? namedAverages(graph, averages) : [])];
    onEvent({ kind: "completed", trial: index, predictions: results.predictions(t), tensors });
  }
}

/**
 * Trains the group's trials, all of one iteration and for as many epochs, in the network's memory.
 *
 * @throws {DeviceError} If the device cannot go on.
 * @throws {DOMException} `AbortError` when the signal aborts.
 */
export function trainGroup(
  gpu: Gpu,
  network: DeviceNetwork,
  group: readonly NumberedTrial[],
  options: GroupOptions,
): Promise<void> {
  return new TrialGroup(network, group, { ...options, gpu }).train();
}
