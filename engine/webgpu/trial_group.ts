/**
 * Trains trials of one iteration side by side, epoch by epoch.
 *
 * The host draws an epoch's order and augmentation, records all steps, and waits in portions, so that a person can
 * follow and interrupt; what was measured comes back once per epoch.
 *
 * @module
 */
import { weightsDigest } from "../digest.ts";
import type { EpochResult, Trial, TrialEvent } from "../engine.ts";
import { namedTensors } from "../initial_weights.ts";
import { optimizerScalars } from "../optimizers.ts";
import { learningRateAt } from "../schedules.ts";
import type { DrawPool } from "./draw_pool.ts";
import type { Gpu } from "./gpu.ts";
import type { Kernel } from "./kernel.ts";
import type { DeviceData, DeviceNetwork, StepRecord } from "./network.ts";
import { scalarsOf } from "./optimizer.ts";

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

/**
 * Trains the group's trials, all of one iteration and for as many epochs, in the network's memory.
 *
 * @throws {DeviceError} If the device cannot go on.
 * @throws {DOMException} `AbortError` when the signal aborts.
 */
export async function trainGroup(
  gpu: Gpu,
  network: DeviceNetwork,
  group: readonly NumberedTrial[],
  options: GroupOptions,
): Promise<void> {
  const { data, pool, onEvent, signal } = options;
  const { program } = network, { stepsPerEpoch, evaluationSteps, lanes } = program;
  const { iteration, epochs } = group[0].trial, { training } = iteration;
  const { trainCount, testCount } = data.sizes;
  const ended = new Set<number>();
  const trainPortions = new Portions(gpu, signal), testPortions = new Portions(gpu, signal);
  const drawAll = (epoch: number) =>
    Promise.all(
      group.map(({ trial: { seed } }) =>
        pool.draw({ seed, epoch, count: trainCount, augmentation: training.augmentation })
      ),
    );

  group.forEach(({ trial: { seed } }, t) => network.initializeFromSeed(t, iteration, seed));
  network.writeSteps(
    Array.from({ length: evaluationSteps }, (_, i): StepRecord => ({
      examples: Math.min(lanes, testCount - i * lanes),
      first: i * lanes,
      epoch: 1,
      training: false,
      slot: stepsPerEpoch + i,
      epochLength: testCount,
    })),
    stepsPerEpoch,
  );
  let draws = drawAll(1);
  for (let epoch = 1; epoch <= epochs; epoch++) {
    const started = performance.now();
    const words = await draws.catch((error: Error) => error);
    signal?.throwIfAborted();
    if (words instanceof Error) {
      // the recipe asks for what cannot be drawn
      group.forEach(({ index }, t) => {
        if (!ended.has(t)) onEvent({ kind: "failed", trial: index, message: words.message });
      });
      return;
    }
    // while the device trains this epoch, the workers draw the next
    if (epoch < epochs) draws = drawAll(epoch + 1);
    draws.catch(() => {}); // awaited at the next epoch, if there is one
    words.forEach((ofTrial, t) => network.write("drawn", ofTrial, t * network.wordsOf("drawn")));
    network.writeSteps(Array.from({ length: stepsPerEpoch }, (_, i): StepRecord => ({
      examples: Math.min(training.batchSize, trainCount - i * training.batchSize),
      first: i * training.batchSize,
      epoch,
      training: true,
      slot: i,
      epochLength: trainCount,
      scalars: scalarsOf(optimizerScalars(training, (epoch - 1) * stepsPerEpoch + i, stepsPerEpoch)),
    })));
    await trainPortions.run(network, program.train, {
      first: 0,
      count: stepsPerEpoch,
      onDone: (steps) => {
        const images = Math.min(trainCount, steps * training.batchSize);
        group.forEach(({ index }, t) => {
          if (!ended.has(t)) onEvent({ kind: "progress", trial: index, epoch, images });
        });
      },
    });
    const trained = performance.now();
    network.submit(program.beforeEvaluation, stepsPerEpoch, stepsPerEpoch + 1);
    await testPortions.run(network, program.evaluate, {
      first: stepsPerEpoch,
      count: evaluationSteps,
      onDone: () => {},
    });
    const last = epoch === epochs;
    const results = await network.read(["sums", "parameters", "running", ...(last ? ["predictions"] : [])]);
    signal?.throwIfAborted();
    const evaluated = performance.now();
    /** A trial's part of a buffer. */
    const part = (name: string, t: number): Float32Array<ArrayBuffer> => {
      const length = network.wordsOf(name);
      return new Float32Array(results.get(name)!, 4 * t * length, length);
    };
    group.forEach(({ index }, t) => {
      if (ended.has(t)) return;
      const sums = part("sums", t);
      const total = (word: number, from: number, to: number) => {
        let sum = 0;
        for (let slot = from; slot < to; slot++) sum += sums[2 * slot + word];
        return sum;
      };
      const slots = stepsPerEpoch + evaluationSteps;
      const { length, parameterCount } = program.network;
      const values = new Float32Array(length);
      values.set(part("parameters", t));
      values.set(part("running", t).subarray(0, length - parameterCount), parameterCount);
      const trainLoss = total(0, 0, stepsPerEpoch) / trainCount;
      const testLoss = total(0, stepsPerEpoch, slots) / testCount;
      // a step can leave the last weights beyond repair without any loss having shown it
      if (!Number.isFinite(trainLoss) || !Number.isFinite(testLoss) || !values.every(Number.isFinite)) {
        ended.add(t);
        onEvent({ kind: "diverged", trial: index, epoch });
        return;
      }
      const predictions = last
        ? Uint8Array.from(new Uint32Array(results.get("predictions")!, 4 * t * testCount, testCount))
        : undefined;
      const result: EpochResult = {
        epoch,
        learningRate: learningRateAt(training, epoch * stepsPerEpoch - 1, stepsPerEpoch),
        trainLoss,
        trainAccuracy: total(1, 0, stepsPerEpoch) / trainCount,
        testLoss,
        testAccuracy: total(1, stepsPerEpoch, slots) / testCount,
        weightsDigest: weightsDigest([{ data: values }]),
        trainSeconds: (trained - started) / 1000,
        testSeconds: (evaluated - trained) / 1000,
      };
      onEvent({ kind: "epoch", trial: index, result });
      if (predictions) {
        onEvent({
          kind: "completed",
          trial: index,
          predictions,
          tensors: namedTensors(iteration.layers, values),
        });
      }
    });
    if (ended.size === group.length) return;
  }
}
