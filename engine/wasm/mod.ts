/**
 * The CPU engine: WebAssembly SIMD with fused multiply-add, on every core.
 *
 * Several workers may share a trial's batches (`training_run.ts`); the bits do not depend on that.
 *
 * Promise: the same iteration, seed, data and engine version give bit-identical weights on every machine whose
 * `f32x4.relaxed_madd` is fused.
 *
 * @module
 */
import { cpus } from "node:os";
import { checkImageSets } from "../check_image_set.ts";
import { checkTrials } from "../check_trials.ts";
import type { Device, Engine, TrainOptions, Trial } from "../engine.ts";
import { WorkerPool } from "./pool.ts";
import { TrainingRun } from "./training_run.ts";

/** Raised by every change that alters the weights which a seed gives. */
export const ENGINE_VERSION = 2;

/**
 * Starts the CPU engine.
 *
 * `workers` is how many to run, by default one for each core. `wide` says whether registers hold eight float32, by
 * default found out in a quarter of a second; it changes the speed and nothing else.
 * @throws {RangeError} If `workers` is not a positive integer.
 * @throws {Error} If the machine lacks a WebAssembly feature; the message says which.
 */
export async function createWasmEngine(
  options: { readonly workers?: number; readonly wide?: boolean } = {},
): Promise<Engine> {
  const count = options.workers ?? navigator.hardwareConcurrency;
  if (!Number.isSafeInteger(count) || count < 1) {
    throw new RangeError(`Cannot start the wasm engine: expected a positive number of workers, got ${count}`);
  }
  return new WasmEngine(await WorkerPool.start(count, options.wide));
}

class WasmEngine implements Engine {
  readonly name: string;
  readonly version = ENGINE_VERSION;
  readonly device: Device;
  readonly #pool: WorkerPool;

  constructor(pool: WorkerPool) {
    this.#pool = pool;
    this.name = pool.exact ? "wasm" : "wasm-unfused";
    const model = cpus()[0]?.model.trim() || "unknown CPU";
    this.device = {
      kind: "cpu",
      description: `${model}, WebAssembly SIMD ${pool.exact ? "with" : "without"} fused multiply-add`,
      workers: pool.members.length,
    };
  }

  close(): void {
    this.#pool.close();
  }

  async train(trials: readonly Trial[], options: TrainOptions): Promise<void> {
    if (this.#pool.isClosed) throw new Error("Cannot train: expected an open engine, got a closed one");
    checkImageSets(options);
    checkTrials(trials);
    await new TrainingRun(this.#pool, trials, options).start();
  }
}
