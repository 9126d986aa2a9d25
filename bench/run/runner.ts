/**
 * Trains the planned trials and records what they report, as they report it.
 *
 * @module
 */
import { sha256Hex } from "../../engine/digest.ts";
import type { Engine, ImageSet, NamedTensor, Trial, TrialEvent } from "../../engine/engine.ts";
import { imagesPerEpoch } from "../../engine/training_set.ts";
import { visible } from "../command_line/quote.ts";
import { type EpochRow, epochRow } from "./rows.ts";
import type { RunFolder } from "./run_folder.ts";
import { summarizeTrial } from "./summary.ts";
import { withoutTest } from "./validation.ts";

/** How a run ended. */
export type RunOutcome = "completed" | "interrupted";

export interface RunTrialsOptions {
  readonly train: ImageSet;
  readonly test: ImageSet;
  readonly folder: RunFolder;
  /**
   * Whether figures of what the engine takes for the test set are neither shown nor kept: always where held-out images
   * stand there, whose figures are there already, and before the end where the test set is to be looked at once.
   */
  readonly withholdsTest: (trial: Trial, epoch: number) => boolean;
  /** Whether to keep a trial's weights. */
  readonly keepsWeights: (trial: Trial) => boolean;
  /** Called with every event once it is recorded. */
  readonly onEvent: (event: TrialEvent) => void;
  readonly signal: AbortSignal;
}

/** How long an engine may take to stop after an interruption; the person waits no longer than a second. */
const STOP_MS = 500;

/**
 * Trains `trials` and returns how that ended; what is recorded is then in order.
 *
 * @throws {UsageError} If the folder can no longer be written.
 * @throws Whatever the engine throws that is not an interruption.
 */
export async function runTrials(
  engine: Engine,
  trials: readonly Trial[],
  options: RunTrialsOptions,
): Promise<RunOutcome> {
  const { train, test, folder, signal } = options;
  if (signal.aborted) return "interrupted";
  const recorder = new Recorder(trials, options);
  // Stops the engine also when recording fails.
  const stop = new AbortController();
  const interrupted = Promise.withResolvers<RunOutcome>();
  let deadline: ReturnType<typeof setTimeout> | undefined;
  const onAbort = () => {
    recorder.close();
    stop.abort();
    deadline = setTimeout(() => interrupted.resolve("interrupted"), STOP_MS);
  };
  signal.addEventListener("abort", onAbort, { once: true });
  const onEvent = (event: TrialEvent) => {
    try {
      recorder.record(event);
    } catch (error) {
      recorder.close(error);
      stop.abort();
    }
  };
  try {
    const training = engine.train(trials, { train, test, onEvent, signal: stop.signal });
    const trained = training.then((): RunOutcome => "completed").catch((error): RunOutcome => {
      if (stop.signal.aborted) return "interrupted";
      throw error;
    });
    const outcome = await Promise.race([trained, interrupted.promise]);
    recorder.rethrow();
    if (outcome === "completed" && !signal.aborted) recorder.checkAllEnded();
    return signal.aborted ? "interrupted" : outcome;
  } finally {
    signal.removeEventListener("abort", onAbort);
    clearTimeout(deadline);
    recorder.close();
    folder.putInOrder();
  }
}

/** Of a failed trial's reason: a stack of some library could be any length. */
const MOST_NOTE_CHARACTERS = 1000;

/** Turns events into rows. */
class Recorder {
  private readonly epochs = new Map<number, EpochRow[]>();
  private readonly ended = new Set<number>();
  private closed = false;
  private failure: unknown;

  constructor(private readonly trials: readonly Trial[], private readonly options: RunTrialsOptions) {}

  record(given: TrialEvent): void {
    if (this.closed) return;
    const trial = this.trials[given.trial];
    if (given.kind !== "epoch" || trial === undefined) return this.take(given);
    const { result } = given;
    this.take(
      this.options.withholdsTest(trial, result.epoch) ? { ...given, result: withoutTest(result) } : given,
    );
  }

  private take(event: TrialEvent): void {
    const trial = this.trials[event.trial];
    if (trial === undefined || this.ended.has(event.trial)) {
      throw new Error(
        `Cannot record an event: expected a trial that is being trained, got index ${event.trial} (${event.kind})`,
      );
    }
    const id = { iteration: trial.iteration.id, seed: trial.seed };
    const rows = this.epochs.get(event.trial) ?? [];
    switch (event.kind) {
      case "progress":
        break;
      case "epoch": {
        const { result } = event, { trainSeconds, testSeconds } = result;
        if (result.epoch !== rows.length + 1) {
          throw new Error(`Cannot record an epoch: expected epoch ${rows.length + 1}, got ${result.epoch}`);
        }
        const row = epochRow(id, result);
        rows.push(row);
        this.epochs.set(event.trial, rows);
        const images = imagesPerEpoch(trial.iteration.training, this.options.train.labels.length);
        this.options.folder.addEpoch(row, {
          ...id,
          epoch: result.epoch,
          trainSeconds,
          testSeconds,
          trainImagesPerSecond: images / trainSeconds,
        });
        break;
      }
      case "completed": {
        if (rows.length !== trial.epochs) {
          throw new Error(
            `Cannot record a completed trial: expected ${trial.epochs} epochs, got ${rows.length}`,
          );
        }
        const { predictions, tensors } = event;
        this.options.folder.addTrial({
          ...id,
          status: "completed",
          epochs: rows.length,
          parameters: countTrainable(tensors),
          ...summarizeTrial(rows),
          weightsDigest: rows[rows.length - 1].weightsDigest,
          predictionsDigest: sha256Hex(predictions),
          note: undefined,
        }, { predictions, tensors: this.options.keepsWeights(trial) ? tensors : undefined });
        break;
      }
      case "diverged":
        this.addLost(trial, "diverged", rows, `loss not finite in epoch ${event.epoch}`);
        break;
      case "failed":
        this.addLost(trial, "failed", rows, noteOf(event.message));
        break;
    }
    if (event.kind !== "progress" && event.kind !== "epoch") this.ended.add(event.trial);
    this.options.onEvent(event);
  }

  /** Takes no more events. */
  close(failure?: unknown): void {
    this.closed = true;
    this.failure ??= failure;
  }

  rethrow(): void {
    if (this.failure !== undefined) throw this.failure;
  }

  checkAllEnded(): void {
    const open = this.trials.find((_, index) => !this.ended.has(index));
    if (open !== undefined) {
      throw new Error(
        `Cannot end the run: expected the engine to end every trial, got no end of iteration ${open.iteration.id} seed ${open.seed}`,
      );
    }
  }

  private addLost(
    trial: Trial,
    status: "diverged" | "failed",
    rows: readonly EpochRow[],
    note: string,
  ): void {
    this.options.folder.addTrial({
      iteration: trial.iteration.id,
      seed: trial.seed,
      status,
      epochs: rows.length,
      parameters: undefined,
      finalTestAccuracy: undefined,
      course: undefined,
      weightsDigest: undefined,
      predictionsDigest: undefined,
      note,
    });
  }
}

/** A message as one cell: on one line, of what can be seen, and no longer than a reader takes. */
function noteOf(message: string): string {
  return visible(message.replace(/\s+/g, " ").trim()).slice(0, MOST_NOTE_CHARACTERS);
}

/** Elements of all tensors that the optimizer trains: running statistics and averages of parameters are none. */
function countTrainable(tensors: readonly NamedTensor[]): number {
  return tensors
    .filter(({ name }) => !/^average\.|\.running_(mean|var)$/.test(name))
    .reduce((sum, { data }) => sum + data.length, 0);
}
