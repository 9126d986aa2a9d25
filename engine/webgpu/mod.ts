/**
 * The GPU engine: WebGPU compute, many trials of an iteration in the same dispatches.
 *
 * Promise: repeatable on one adapter and driver, and a trial's bits do not depend on which others train beside it.
 * Across adapters and engines, losses agree step by step within stated bounds, and accuracies in distribution.
 *
 * @module
 */
import { completeTraining } from "../../models/iteration.ts";
import { checkImageSets } from "../check_image_set.ts";
import { checkTrials } from "../check_trials.ts";
import type { Device, Engine, TrainOptions, Trial } from "../engine.ts";
import { isOnDevice } from "./augmentations/mod.ts";
import { DrawPool } from "./draw_pool.ts";
import { Gpu } from "./gpu.ts";
import { bytesPerTrial, DeviceData, DeviceNetwork } from "./network.ts";
import { planProgram, type Program } from "./program.ts";
import { type NumberedTrial, trainGroup } from "./trial_group.ts";

export { findAdapter } from "./gpu.ts";

/** Raised by every change that alters the weights which a seed gives. */
export const ENGINE_VERSION = 2;

/** Most trials side by side; more would fill no GPU better. */
const MOST_TRIALS = 128;
/** A software adapter is filled by one trial, and short steps let a person interrupt it. */
const MOST_TRIALS_IN_SOFTWARE = 1;
/** An epoch's images of a trial, where the host makes them, take 47 MB of its memory, and the next epoch's as much. */
const MOST_TRIALS_FROM_HOST = 16;
/** Drawing an epoch takes a core about 50 ms; more workers would wait for the GPU. */
const MOST_WORKERS = 8;

/** How a GPU engine is started. */
export interface WebgpuOptions {
  /** Workers that draw orders and augmentation, by default one for each core but one, at most 8. */
  readonly workers?: number;
  /** Most trials side by side, by default as many as the device can hold. */
  readonly trialsAtOnce?: number;
}

function checkCount(what: string, count: number): void {
  if (!Number.isSafeInteger(count) || count < 1) {
    throw new RangeError(
      `Cannot start the webgpu engine: expected a positive number of ${what}, got ${count}`,
    );
  }
}

/**
 * Starts the GPU engine on the adapter that Deno chooses, be it hardware or software: `device.kind` says which.
 *
 * @throws {RangeError} If a number is not a positive integer.
 * @throws {Error} If there is no adapter, or it cannot do what is needed; the message names it.
 */
export async function createWebgpuEngine(options: WebgpuOptions = {}): Promise<Engine> {
  const workers = options.workers ??
    Math.max(1, Math.min(MOST_WORKERS, navigator.hardwareConcurrency - 1));
  checkCount("workers", workers);
  if (options.trialsAtOnce !== undefined) checkCount("trials at once", options.trialsAtOnce);
  const gpu = await Gpu.open();
  return new WebgpuEngine(gpu, { workers, trialsAtOnce: options.trialsAtOnce });
}

class WebgpuEngine implements Engine {
  readonly name = "webgpu";
  readonly version = ENGINE_VERSION;
  readonly device: Device;
  readonly #gpu: Gpu;
  readonly #pool: DrawPool;
  readonly #trialsAtOnce: number;
  #closed = false;

  constructor(gpu: Gpu, options: { readonly workers: number; readonly trialsAtOnce?: number }) {
    this.#gpu = gpu;
    this.#pool = new DrawPool(options.workers);
    this.#trialsAtOnce = options.trialsAtOnce ?? (gpu.isSoftware ? MOST_TRIALS_IN_SOFTWARE : MOST_TRIALS);
    this.device = {
      kind: gpu.isSoftware ? "software" : "gpu",
      description: gpu.isSoftware ? `${gpu.name}, a software adapter, no GPU` : gpu.name,
      workers: options.workers,
    };
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#pool.close();
    this.#gpu.close();
  }

  async train(trials: readonly Trial[], options: TrainOptions): Promise<void> {
    if (this.#closed) throw new Error("Cannot train: expected an open engine, got a closed one");
    checkImageSets(options);
    checkTrials(trials);
    const { signal, onEvent, train } = options;
    let data: DeviceData | undefined;
    try {
      signal?.throwIfAborted();
      data = await DeviceData.create(this.#gpu, options);
      const images = sharedImages(trials, train.images);
      for (const group of groupTrials(trials)) {
        const given = { data, images, pool: this.#pool, onEvent, signal };
        await this.#trainAll(group, given);
      }
      data.destroy();
    } catch (error) {
      // what the device still has to do is of no use to anyone
      this.close();
      throw error;
    }
  }

  /** Trains the trials of one iteration, as many at once as there is memory for. */
  async #trainAll(
    group: readonly NumberedTrial[],
    options: Parameters<typeof trainGroup>[3],
  ): Promise<void> {
    const { data, onEvent } = options;
    const fail = (failed: readonly NumberedTrial[], message: string) => {
      for (const { index } of failed) onEvent({ kind: "failed", trial: index, message });
    };
    let program: Program;
    try {
      program = planProgram(group[0].trial.iteration, data.sizes);
    } catch (error) {
      return fail(group, error instanceof Error ? error.message : String(error));
    }
    const { largest } = bytesPerTrial(program);
    const onDevice = isOnDevice(program.training.augmentation);
    const wanted = onDevice ? this.#trialsAtOnce : Math.min(this.#trialsAtOnce, MOST_TRIALS_FROM_HOST);
    let most = Math.min(wanted, Math.floor(this.#gpu.maximumBufferBytes / largest));
    for (let first = 0; first < group.length;) {
      // shares as equal as they can be: 13 and 12 rather than 20 and 5
      const left = group.length - first;
      const share = Math.ceil(left / Math.ceil(left / Math.max(1, most)));
      const network = most < 1
        ? undefined
        : await DeviceNetwork.create(this.#gpu, program, { trials: share, data });
      if (!network) {
        most = Math.floor(share / 2);
        if (most >= 1) continue;
        return fail(group.slice(first), this.#gpu.tooLittleMemory().message);
      }
      const now = group.slice(first, first + share);
      try {
        await trainGroup(this.#gpu, network, now, options);
      } finally {
        network.destroy();
      }
      first += share;
    }
  }
}

/** The training images where all workers see them, if any trial's images are made on the host. */
function sharedImages(trials: readonly Trial[], images: Uint8Array): Uint8Array | undefined {
  const isNeeded = trials.some(({ iteration: { training } }) =>
    !isOnDevice(completeTraining(training).augmentation)
  );
  if (!isNeeded) return undefined;
  const shared = new Uint8Array(new SharedArrayBuffer(images.length));
  shared.set(images);
  return shared;
}

/** Trials of the same iteration and length, in the order in which the first of each appears. */
function groupTrials(trials: readonly Trial[]): NumberedTrial[][] {
  const groups: NumberedTrial[][] = [];
  trials.forEach((trial, index) => {
    const group = groups.find(([{ trial: first }]) =>
      first.iteration === trial.iteration && first.epochs === trial.epochs
    );
    if (group) group.push({ index, trial });
    else groups.push([{ index, trial }]);
  });
  return groups;
}
