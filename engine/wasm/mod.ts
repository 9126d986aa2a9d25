/**
 * The CPU engine: WebAssembly SIMD with fused multiply-add, on every core.
 *
 * As many trials run side by side as there are workers. Where there are fewer trials than workers, the idle ones
 * join a trial at its next epoch and share its batches; the bits do not depend on that.
 *
 * Promise: the same iteration, seed, data and engine version give bit-identical weights on every machine whose
 * `f32x4.relaxed_madd` is fused.
 *
 * @module
 */
import { cpus } from "node:os";
import { checkImageSets } from "../check_image_set.ts";
import type { Device, Engine, ImageSet, TrainOptions, Trial, TrialEvent } from "../engine.ts";
import { LANES } from "./layout.ts";
import type { FromWorker, ToWorker } from "./messages.ts";
import { MAXIMUM_PAGES, planProgram } from "./program.ts";
import { CONTROL } from "./team.ts";

/** Raised by every change that alters the weights which a seed gives. */
export const ENGINE_VERSION = 1;

/** How often a running trial reports how far it is. */
const PROGRESS_MS = 200;

interface PoolWorker {
  readonly worker: Worker;
  readonly index: number;
}

interface RunningTrial {
  readonly key: number;
  readonly trial: Trial;
  readonly leader: PoolWorker;
  readonly members: Set<PoolWorker>;
  readonly memory: WebAssembly.Memory;
  readonly control: Int32Array;
  readonly predictions: Uint8Array;
  readonly losses: Float64Array;
  /** Who is at work on the present epoch; empty between epochs. */
  readonly team: Set<PoolWorker>;
  epoch: number;
  /** What the leader said of the present epoch. */
  report?: FromWorker & { type: "epoch" };
}

function toShared(set: ImageSet): ImageSet {
  const share = (bytes: Uint8Array) => {
    if (bytes.buffer instanceof SharedArrayBuffer) return bytes;
    const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
    shared.set(bytes);
    return shared;
  };
  return { images: share(set.images), labels: share(set.labels) };
}

/** Starts a worker and waits until it has probed the machine. */
async function startWorker(
  index: number,
): Promise<{ member: PoolWorker; features: { fused: boolean; denormals: boolean } }> {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), {
    type: "module",
    name: `wasm-${index}`,
  });
  const features = await new Promise<{ fused: boolean; denormals: boolean }>((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
      if (data.type === "ready") resolve(data.features);
      else if (data.type === "failed") reject(new Error(data.message));
    };
    worker.onerror = (event) => {
      event.preventDefault();
      reject(new Error(`Cannot start a worker: ${event.message}`));
    };
  });
  return { member: { worker, index }, features };
}

/** Asks a worker which blocking is faster here. */
function tune({ worker }: PoolWorker): Promise<boolean> {
  return new Promise((resolve) => {
    worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
      if (data.type === "tuned") resolve(data.wide);
    };
    const message: ToWorker = { type: "tune" };
    worker.postMessage(message);
  });
}

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
  const started = await Promise.all(Array.from({ length: count }, (_, index) => startWorker(index)));
  const fused = started.every(({ features }) => features.fused);
  const denormals = started.every(({ features }) => features.denormals);
  // without either the bits are those of another engine
  const exact = fused && denormals;
  const pool = started.map(({ member }) => member);
  const wide = options.wide ?? await tune(pool[0]);
  return new WasmEngine(pool, { exact, wide });
}

class WasmEngine implements Engine {
  readonly name: string;
  readonly version = ENGINE_VERSION;
  readonly device: Device;
  #pool: PoolWorker[];
  #closed = false;

  readonly #wide: boolean;

  constructor(pool: PoolWorker[], { exact, wide }: { exact: boolean; wide: boolean }) {
    this.#pool = pool;
    this.#wide = wide;
    this.name = exact ? "wasm" : "wasm-unfused";
    const model = cpus()[0]?.model.trim() || "unknown CPU";
    this.device = {
      kind: "cpu",
      description: `${model}, WebAssembly SIMD ${exact ? "with" : "without"} fused multiply-add`,
      workers: pool.length,
    };
  }

  close(): void {
    this.#closed = true;
    for (const { worker } of this.#pool) worker.terminate();
    this.#pool = [];
  }

  async train(trials: readonly Trial[], options: TrainOptions): Promise<void> {
    if (this.#closed) throw new Error("Cannot train: expected an open engine, got a closed one");
    checkImageSets(options);
    const { onEvent, signal } = options;
    const data: ToWorker = { type: "data", train: toShared(options.train), test: toShared(options.test) };
    const post = (member: PoolWorker, message: ToWorker) => member.worker.postMessage(message);
    const running = new Map<number, RunningTrial>();
    let next = 0;
    const idle = [...this.#pool], count = idle.length;

    await new Promise<void>((resolve, reject) => {
      const stop = () => {
        clearInterval(timer);
        signal?.removeEventListener("abort", abort);
      };
      const abort = () => {
        stop();
        this.close();
        reject(new DOMException("The training was aborted", "AbortError"));
      };
      /** The caller's own errors end the training. */
      const emit = (event: TrialEvent) => {
        try {
          onEvent(event);
        } catch (error) {
          stop();
          this.close();
          reject(error);
        }
      };
      const timer = setInterval(() => {
        for (const { key, epoch, control } of running.values()) {
          emit({ kind: "progress", trial: key, epoch, images: Atomics.load(control, CONTROL.images) });
        }
      }, PROGRESS_MS);
      if (signal?.aborted) return abort();
      signal?.addEventListener("abort", abort);

      const join = (run: RunningTrial, member: PoolWorker) => {
        if (run.members.has(member)) return;
        run.members.add(member);
        const { leader } = run;
        // the leader has rank 0, whoever it is
        const rank = member === leader ? 0 : member.index < leader.index ? member.index + 1 : member.index;
        const { iteration, seed } = run.trial;
        post(member, {
          type: "join",
          key: run.key,
          iteration,
          seed,
          memory: run.memory,
          rank,
          workers: count,
          wide: this.#wide,
        });
      };

      const begin = (key: number, leader: PoolWorker): RunningTrial => {
        const trial = trials[key], { layers, training } = trial.iteration;
        const program = planProgram(layers, {
          batchSize: training.batchSize,
          workers: count,
          wide: this.#wide,
        });
        const memory = new WebAssembly.Memory({
          initial: program.pages,
          maximum: MAXIMUM_PAGES,
          shared: true,
        });
        const tests = options.test.labels.length;
        const run: RunningTrial = {
          key,
          trial,
          leader,
          members: new Set(),
          memory,
          control: new Int32Array(memory.buffer, program.control, 16),
          predictions: new Uint8Array(new SharedArrayBuffer(tests)),
          losses: new Float64Array(new SharedArrayBuffer(8 * Math.ceil(tests / LANES))),
          team: new Set(),
          epoch: 0,
        };
        running.set(key, run);
        join(run, leader);
        return run;
      };

      const startEpoch = (run: RunningTrial) => {
        // a batch has no more slices to share than this
        const most = Math.ceil(run.trial.iteration.training.batchSize / LANES) - 1;
        const helpers = idle.splice(0, Math.min(most, Math.ceil(idle.length / running.size)));
        const team = [run.leader, ...helpers];
        run.epoch++;
        run.report = undefined;
        for (const member of helpers) join(run, member);
        team.forEach((member, position) => {
          run.team.add(member);
          post(member, {
            type: "epoch",
            key: run.key,
            epoch: run.epoch,
            seed: run.trial.seed,
            position,
            size: team.length,
            predictions: run.predictions,
            losses: run.losses,
            last: run.epoch === run.trial.epochs,
          });
        });
      };

      const finish = (run: RunningTrial) => {
        for (const member of run.members) post(member, { type: "leave", key: run.key });
        running.delete(run.key);
      };

      const schedule = () => {
        if (this.#closed) return;
        while (idle.length > 0 && next < trials.length) {
          const key = next++, leader = idle.shift()!;
          try {
            begin(key, leader);
          } catch (error) {
            idle.unshift(leader);
            emit({
              kind: "failed",
              trial: key,
              message: error instanceof Error ? error.message : String(error),
            });
          }
        }
        if (running.size === 0) {
          stop();
          return resolve();
        }
        for (const run of running.values()) if (run.team.size === 0) startEpoch(run);
      };

      /** All of a trial's workers have ended the epoch. */
      const endEpoch = (run: RunningTrial) => {
        const { result, tensors } = run.report!;
        if (!result) {
          emit({ kind: "diverged", trial: run.key, epoch: run.epoch });
        } else {
          emit({ kind: "epoch", trial: run.key, result });
          if (tensors) {
            emit({ kind: "completed", trial: run.key, predictions: run.predictions.slice(), tensors });
          }
        }
        if (!result || tensors) {
          finish(run);
          idle.push(run.leader);
        }
        schedule();
      };

      /** A worker broke: its trial ends, and every worker that might wait for it is replaced. */
      const replaceTeam = async (run: RunningTrial, message: string) => {
        running.delete(run.key);
        const broken = [...run.team];
        for (const { worker } of broken) worker.terminate();
        if (!run.team.has(run.leader)) idle.push(run.leader);
        emit({ kind: "failed", trial: run.key, message });
        try {
          for (const { index } of broken) {
            const { member } = await startWorker(index);
            // the other trials may have ended, and the engine been closed, in the meantime
            if (this.#closed) return member.worker.terminate();
            this.#pool[index] = member;
            listen(member);
            idle.push(member);
          }
          schedule();
        } catch (error) {
          stop();
          reject(error);
        }
      };

      const listen = (member: PoolWorker) => {
        const fail = (message: string) => {
          const run = [...running.values()].find(({ team }) => team.has(member));
          if (run) replaceTeam(run, message);
        };
        member.worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
          if (data.type === "failed") return fail(data.message);
          if (data.type !== "epoch") return;
          const run = running.get(data.key);
          if (!run?.team.delete(member)) return;
          if (member === run.leader) run.report = data;
          else idle.push(member);
          if (run.team.size === 0) endEpoch(run);
        };
        member.worker.onerror = (event) => {
          event.preventDefault();
          fail(event.message);
        };
        post(member, data);
      };
      for (const member of this.#pool) listen(member);
      schedule();
    });
  }
}
