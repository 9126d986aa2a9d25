/**
 * The TensorFlow.js engine: an independent second opinion, on the stack that JavaScript users would otherwise take.
 *
 * Trials are trained in processes (`process/`), several at once and in each one after the other. They alone have the
 * packages of TensorFlow.js, in a configuration and with a lock file of their own: whoever does not ask for this engine
 * does not download them.
 *
 * Promise: the other engines' results within tolerances, step by step, and the same accuracies.
 *
 * @module
 */
import { cpus } from "node:os";
import { checkImageSets } from "../check_image_set.ts";
import { checkTrials } from "../check_trials.ts";
import type { Device, Engine, TrainOptions, Trial, TrialEvent } from "../engine.ts";
import type { TensorflowBackend } from "./messages.ts";
import { TensorflowProcess } from "./process.ts";

/** Raised by every change that alters the weights which a seed gives. */
export const ENGINE_VERSION = 2;

/** What the engine is started with. */
export interface TensorflowOptions {
  /** Absent for the best native one. */
  readonly backend?: TensorflowBackend;
  /** Trials at once; by default one per core, and on a GPU one. */
  readonly workers?: number;
}

/**
 * Starts the TensorFlow.js engine.
 *
 * @throws {RangeError} If `workers` is not a positive integer.
 * @throws {Error} If the backend cannot be had; the message is worded for the person.
 */
export async function createTensorflowEngine(options: TensorflowOptions = {}): Promise<Engine> {
  const { backend, workers } = options, cores = navigator.hardwareConcurrency;
  if (workers !== undefined && !(Number.isSafeInteger(workers) && workers >= 1)) {
    throw new RangeError(
      `Cannot start the tensorflow engine: expected a positive number of workers, got ${workers}`,
    );
  }
  const threadsOf = (count: number) => Math.max(1, Math.floor(cores / count));
  const process = await TensorflowProcess.start({ backend, threads: threadsOf(workers ?? cores) });
  const count = workers ?? (process.loaded.usesGpu ? 1 : cores);
  return new TensorflowEngine(process, { workers: count, threads: threadsOf(count) });
}

class TensorflowEngine implements Engine {
  readonly name = "tensorflow";
  readonly version = ENGINE_VERSION;
  readonly device: Device;
  readonly #backend: TensorflowBackend;
  readonly #threads: number;
  /** Those that run; a trial that breaks its process gets none back. */
  readonly #processes: Set<TensorflowProcess>;
  #closed = false;

  constructor(process: TensorflowProcess, { workers, threads }: { workers: number; threads: number }) {
    const { backend, description, usesGpu } = process.loaded;
    this.#backend = backend;
    this.#threads = threads;
    this.#processes = new Set([process]);
    const cpu = cpus()[0]?.model.trim() || "unknown CPU";
    this.device = {
      kind: usesGpu ? "gpu" : "cpu",
      description: usesGpu ? description : `${cpu}, ${description}`,
      workers,
    };
  }

  close(): void {
    this.#closed = true;
    for (const process of this.#processes) process.kill();
    this.#processes.clear();
  }

  async train(trials: readonly Trial[], options: TrainOptions): Promise<void> {
    if (this.#closed) throw new Error("Cannot train: expected an open engine, got a closed one");
    checkImageSets(options);
    checkTrials(trials);
    const { train, test, onEvent, signal } = options;
    const aborted = Promise.withResolvers<never>();
    aborted.promise.catch(() => {});
    const abort = () => {
      this.close();
      aborted.reject(new DOMException("The training was aborted", "AbortError"));
    };
    if (signal?.aborted) abort();
    signal?.addEventListener("abort", abort);
    let next = 0;
    /** Trains trials, one after the other, until none is left. */
    const work = async (idle: TensorflowProcess | undefined) => {
      let process = idle, hasData = false;
      while (next < trials.length && !this.#closed) {
        const trial = next++;
        if (!process) {
          process = await TensorflowProcess.start({ backend: this.#backend, threads: this.#threads });
          // the engine may have been closed in the meantime
          if (this.#closed) return process.kill();
          this.#processes.add(process);
          hasData = false;
        }
        /** The caller's own errors end the training. */
        let callerError: { readonly error: unknown } | undefined;
        const emit = (event: TrialEvent) => {
          if (this.#closed) return;
          try {
            onEvent({ ...event, trial });
          } catch (error) {
            callerError = { error };
            throw error;
          }
        };
        try {
          if (!hasData) await process.ask({ type: "data", train, test });
          hasData = true;
          await process.ask({ type: "train", trial: trials[trial] }, emit);
        } catch (error) {
          if (callerError) throw callerError.error;
          // whatever is left of it cannot be trusted
          process.kill();
          this.#processes.delete(process);
          process = undefined;
          emit({ kind: "failed", trial, message: error instanceof Error ? error.message : String(error) });
        }
      }
    };
    try {
      const idle = [...this.#processes], count = Math.min(this.device.workers, trials.length);
      const all = Promise.all(Array.from({ length: count }, (_, index) => work(idle[index])));
      await Promise.race([all, aborted.promise]);
    } catch (error) {
      this.close();
      throw error;
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }
}
