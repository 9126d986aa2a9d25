/**
 * One call of `train`: which worker works on which trial, and what the caller hears of it.
 *
 * As many trials run side by side as there are workers. Where there are fewer trials than workers, the idle ones
 * join a trial at its next epoch and share its batches.
 *
 * @module
 */
import { completeTraining } from "../../models/iteration.ts";
import type { EpochMeasures } from "../../models/recipe/schedules/mod.ts";
import type { EpochResult, ImageSet, TrainOptions, Trial, TrialEvent } from "../engine.ts";
import { checkLastBatch, splitTrainingSet, stepsPerEpoch } from "../training_set.ts";
import { LANES } from "./layout.ts";
import type { FromWorker, ToWorker } from "./messages.ts";
import { type PoolWorker, post, type WorkerPool } from "./pool.ts";
import { MAXIMUM_PAGES, planProgram, sliceCount } from "./program.ts";
import { CONTROL, controlWords } from "./team.ts";
import type { Evaluation } from "./trainer.ts";

/** How often a running trial reports how far it is. */
const PROGRESS_MS = 200;

interface RunningTrial {
  readonly key: number;
  readonly trial: Trial;
  readonly leader: PoolWorker;
  readonly members: Set<PoolWorker>;
  readonly memory: WebAssembly.Memory;
  /** Images that an epoch trains on. */
  readonly trainCount: number;
  readonly control: Int32Array;
  readonly test: Evaluation;
  readonly validation: Evaluation | undefined;
  /** Of the epochs so far. */
  readonly history: EpochMeasures[];
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

/** Shared memory for the evaluation of `count` images. */
const sharedEvaluation = (count: number): Evaluation => ({
  predictions: new Uint8Array(new SharedArrayBuffer(count)),
  losses: new Float64Array(new SharedArrayBuffer(8 * Math.ceil(count / LANES))),
});

/** What a schedule may look back at. */
function measuresOf(result: EpochResult): EpochMeasures {
  const { trainLoss, trainAccuracy, validationLoss, validationAccuracy } = result;
  return {
    trainLoss,
    trainAccuracy,
    ...(validationLoss === null ? {} : { validationLoss }),
    ...(validationAccuracy === null ? {} : { validationAccuracy }),
  };
}

const messageOf = (error: unknown): string => error instanceof Error ? error.message : String(error);

export class TrainingRun {
  readonly #pool: WorkerPool;
  readonly #trials: readonly Trial[];
  readonly #options: TrainOptions;
  readonly #data: ToWorker & { type: "data" };
  readonly #running = new Map<number, RunningTrial>();
  readonly #idle: PoolWorker[];
  /** Workers that may share a trial's memory. */
  readonly #workers: number;
  readonly #ended = Promise.withResolvers<void>();
  readonly #abort = (): void => this.#fail(new DOMException("The training was aborted", "AbortError"));
  #timer: ReturnType<typeof setInterval> | undefined;
  #next = 0;
  /** Teams whose broken workers have no successors yet: the pool still lists those that were ended. */
  #replacing = 0;

  constructor(pool: WorkerPool, trials: readonly Trial[], options: TrainOptions) {
    this.#pool = pool;
    this.#trials = trials;
    this.#options = options;
    this.#data = { type: "data", train: toShared(options.train), test: toShared(options.test) };
    this.#idle = [...pool.members];
    this.#workers = pool.members.length;
  }

  /** Trains all trials; resolves when all have ended. */
  start(): Promise<void> {
    const { signal } = this.#options;
    if (signal?.aborted) this.#abort();
    else {
      signal?.addEventListener("abort", this.#abort);
      this.#timer = setInterval(() => this.#reportProgress(), PROGRESS_MS);
      for (const member of this.#pool.members) this.#listen(member);
      this.#schedule();
    }
    return this.#ended.promise;
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#options.signal?.removeEventListener("abort", this.#abort);
  }

  /** Ends the whole training. */
  #fail(error: unknown): void {
    this.#stop();
    this.#pool.close();
    this.#ended.reject(error);
  }

  /** The caller's own errors end the training. */
  #emit(event: TrialEvent): void {
    try {
      this.#options.onEvent(event);
    } catch (error) {
      this.#fail(error);
    }
  }

  #reportProgress(): void {
    for (const { key, epoch, control } of this.#running.values()) {
      this.#emit({ kind: "progress", trial: key, epoch, images: Atomics.load(control, CONTROL.images) });
    }
  }

  /** Gives idle workers something to do; ends when nothing is left. */
  #schedule(): void {
    if (this.#pool.isClosed) return;
    while (this.#idle.length > 0 && this.#next < this.#trials.length) {
      const key = this.#next++, leader = this.#idle.shift()!;
      try {
        this.#begin(key, leader);
      } catch (error) {
        this.#idle.unshift(leader);
        this.#emit({ kind: "failed", trial: key, message: messageOf(error) });
      }
    }
    if (this.#running.size === 0) {
      // who trains next must find workers that answer, and successors that listen to nobody else
      if (this.#replacing > 0) return;
      this.#stop();
      this.#ended.resolve();
      return;
    }
    for (const run of this.#running.values()) if (run.team.size === 0) this.#startEpoch(run);
  }

  /** @throws {Error} If the trial cannot be planned. */
  #begin(key: number, leader: PoolWorker): void {
    const trial = this.#trials[key], { wide } = this.#pool, { train, test } = this.#options;
    const training = completeTraining(trial.iteration.training);
    const { trainCount, validationCount } = splitTrainingSet(training, train.labels.length);
    stepsPerEpoch(training, trainCount);
    const program = planProgram(trial.iteration, { workers: this.#workers, trainCount, wide });
    checkLastBatch(program.graph, training, trainCount);
    const memory = new WebAssembly.Memory({ initial: program.pages, maximum: MAXIMUM_PAGES, shared: true });
    const run: RunningTrial = {
      key,
      trial,
      leader,
      members: new Set(),
      memory,
      trainCount,
      control: new Int32Array(memory.buffer, program.control, controlWords(this.#workers)),
      test: sharedEvaluation(test.labels.length),
      validation: validationCount > 0 ? sharedEvaluation(validationCount) : undefined,
      history: [],
      team: new Set(),
      epoch: 0,
    };
    this.#running.set(key, run);
    this.#join(run, leader);
  }

  #join(run: RunningTrial, member: PoolWorker): void {
    if (run.members.has(member)) return;
    run.members.add(member);
    const { key, leader, memory, trainCount, trial: { iteration, seed } } = run, workers = this.#workers;
    // the leader has rank 0, whoever it is
    const rank = member === leader ? 0 : member.index < leader.index ? member.index + 1 : member.index;
    const { wide } = this.#pool;
    post(member, { type: "join", key, iteration, seed, memory, trainCount, rank, workers, wide });
  }

  #startEpoch(run: RunningTrial): void {
    const { key, leader, trial, test, validation, history } = run;
    // a batch has no more slices to share than this
    const most = sliceCount(trial.iteration.training.batchSize, run.trainCount) - 1;
    const fair = Math.ceil(this.#idle.length / this.#running.size);
    const helpers = this.#idle.splice(0, Math.min(most, fair));
    const team = [leader, ...helpers];
    const epoch = ++run.epoch, last = epoch === trial.epochs, size = team.length;
    run.report = undefined;
    for (const member of helpers) this.#join(run, member);
    team.forEach((member, position) => {
      run.team.add(member);
      const { seed } = trial;
      post(member, { type: "epoch", key, epoch, seed, history, position, size, test, validation, last });
    });
  }

  /** All of a trial's workers have ended the epoch. */
  #endEpoch(run: RunningTrial): void {
    const { result, tensors } = run.report!, { key, epoch, test } = run;
    if (!result) {
      this.#emit({ kind: "diverged", trial: key, epoch });
    } else {
      run.history.push(measuresOf(result));
      this.#emit({ kind: "epoch", trial: key, result });
      if (tensors) {
        this.#emit({ kind: "completed", trial: key, predictions: test.predictions.slice(), tensors });
      }
    }
    if (!result || tensors) {
      for (const member of run.members) post(member, { type: "leave", key });
      this.#running.delete(key);
      this.#idle.push(run.leader);
    }
    this.#schedule();
  }

  /** A worker broke: its trial ends, and every worker that might wait for it is replaced. */
  async #replaceTeam(run: RunningTrial, message: string): Promise<void> {
    this.#running.delete(run.key);
    const broken = [...run.team];
    for (const { worker } of broken) worker.terminate();
    // those that shared an earlier epoch, or have ended this one, still hold its memory
    for (const member of run.members) {
      if (!run.team.has(member)) post(member, { type: "leave", key: run.key });
    }
    if (!run.team.has(run.leader)) this.#idle.push(run.leader);
    this.#replacing++;
    this.#emit({ kind: "failed", trial: run.key, message });
    try {
      for (const { index } of broken) {
        const member = await this.#pool.replace(index);
        // the engine may have been closed in the meantime
        if (!member) return;
        this.#listen(member);
        this.#idle.push(member);
      }
      this.#replacing--;
      this.#schedule();
    } catch (error) {
      this.#stop();
      this.#ended.reject(error);
    }
  }

  #listen(member: PoolWorker): void {
    const fail = (message: string) => {
      const run = [...this.#running.values()].find(({ team }) => team.has(member));
      if (run) this.#replaceTeam(run, message);
    };
    member.worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
      if (data.type === "failed") return fail(data.message);
      if (data.type !== "epoch") return;
      const run = this.#running.get(data.key);
      if (!run?.team.delete(member)) return;
      if (member === run.leader) run.report = data;
      else this.#idle.push(member);
      if (run.team.size === 0) this.#endEpoch(run);
    };
    member.worker.onerror = (event) => {
      event.preventDefault();
      fail(event.message);
    };
    post(member, this.#data);
  }
}
