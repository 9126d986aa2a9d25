/**
 * An engine that trains nothing: every number is a fixed function of iteration, seed and epoch.
 *
 * Trials run several at once and take turns in an order that `turns` shuffles, so that tests can check that results
 * do not depend on it.
 *
 * @module
 */
import { weightsDigest } from "../../engine/digest.ts";
import type {
  Device,
  Engine,
  EpochResult,
  ImageSet,
  NamedTensor,
  TrainOptions,
  Trial,
  TrialEvent,
} from "../../engine/engine.ts";
import { buildGraph } from "../../models/graph.ts";

export interface FakeEngineOptions {
  readonly name?: string;
  readonly version?: number;
  readonly workers?: number;
  readonly kind?: Device["kind"];
  readonly description?: string;
  /** Seed of the order in which running trials take turns. */
  readonly turns?: number;
  /** Instead of the accuracy that the fixed function gives. */
  readonly testAccuracy?: (trial: Trial, epoch: number) => number;
  /** What held-out images give less than the test set (default 0.01); 0 where they are the same images. */
  readonly validationGap?: number;
  /** Trials that end early, by `iteration seed`. */
  readonly diverges?: Readonly<Record<string, number>>;
  readonly fails?: Readonly<Record<string, string>>;
  /** Called before each event is sent; what it throws ends the training, as a crash would. */
  readonly beforeEvent?: (event: TrialEvent) => void;
  /** Pause between turns. */
  readonly delayMs?: number;
  /** Keeps running for so long after an abort. */
  readonly deafMs?: number;
}

const REPORTS_PER_EPOCH = 4;

export class FakeEngine implements Engine {
  readonly name: string;
  readonly version: number;
  readonly device: Device;
  closed = false;

  constructor(private readonly options: FakeEngineOptions = {}) {
    this.name = options.name ?? "fake";
    this.version = options.version ?? 1;
    this.device = {
      kind: options.kind ?? "cpu",
      description: options.description ?? "no device",
      workers: options.workers ?? 2,
    };
  }

  async train(
    trials: readonly Trial[],
    { train, test, onEvent, signal }: TrainOptions,
  ): Promise<void> {
    const { delayMs = 0, deafMs = 0, beforeEvent } = this.options;
    const waiting = trials.map((trial, index) => this.events(trial, index, train, test));
    const running: Iterator<TrialEvent>[] = [];
    let turn = this.options.turns ?? 0;
    while (running.length + waiting.length > 0) {
      while (running.length < this.device.workers && waiting.length > 0) running.push(waiting.shift()!);
      turn = (Math.imul(turn, 1664525) + 1013904223) >>> 0;
      const at = turn % running.length;
      const { value, done } = running[at].next();
      if (done) running.splice(at, 1);
      else {
        beforeEvent?.(value);
        onEvent(value);
      }
      if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
      else await Promise.resolve();
      if (signal?.aborted) {
        await new Promise((resolve) => setTimeout(resolve, deafMs));
        signal.throwIfAborted();
      }
    }
  }

  close(): void {
    this.closed = true;
  }

  private *events(trial: Trial, index: number, train: ImageSet, test: ImageSet): Generator<TrialEvent> {
    const key = `${trial.iteration.id} ${trial.seed}`;
    const images = train.labels.length;
    for (let epoch = 1; epoch <= trial.epochs; epoch++) {
      for (let part = 1; part <= REPORTS_PER_EPOCH; part++) {
        yield {
          kind: "progress",
          trial: index,
          epoch,
          images: Math.floor(images * part / REPORTS_PER_EPOCH),
        };
      }
      if (this.options.diverges?.[key] === epoch) {
        yield { kind: "diverged", trial: index, epoch };
        return;
      }
      yield { kind: "epoch", trial: index, result: this.measure(trial, epoch) };
      if (this.options.fails?.[key] !== undefined) {
        yield { kind: "failed", trial: index, message: this.options.fails[key] };
        return;
      }
    }
    // As many right as the last epoch's accuracy says; which ones are wrong depends on the seed.
    const { testAccuracy } = this.measure(trial, trial.epochs), { length } = test.labels;
    const wrong = length - Math.round((testAccuracy ?? 0) * length);
    const predictions = Uint8Array.from(
      test.labels,
      (digit, at) => (at + trial.seed * 97) % length < wrong ? 9 - digit : digit,
    );
    yield { kind: "completed", trial: index, predictions, tensors: fakeTensors(trial, trial.epochs) };
  }

  private measure(trial: Trial, epoch: number): EpochResult {
    const { id, training } = trial.iteration;
    const holdsOut = training.validationCount !== undefined, isTested = !holdsOut || epoch === trial.epochs;
    const count = (shift: number) =>
      9700 + (id * 31 + trial.seed * 17 + shift) % 50 + Math.min(epoch, 12) * 15;
    const accuracy = this.options.testAccuracy?.(trial, epoch) ?? count(epoch * 7) / 10_000;
    return {
      epoch,
      learningRate: 0.01 / epoch,
      trainLoss: 0.3 / epoch + trial.seed * 1e-3,
      trainAccuracy: (count(epoch * 3) - 100) / 10_000,
      validationLoss: holdsOut ? 0.2 / (epoch + id) : null,
      validationAccuracy: holdsOut ? accuracy - (this.options.validationGap ?? 0.01) : null,
      testLoss: isTested ? 0.1 / (epoch + id) : null,
      testAccuracy: isTested ? accuracy : null,
      weightsDigest: weightsDigest(fakeTensors(trial, epoch)),
      trainSeconds: 1.25,
      testSeconds: 0.25,
    };
  }
}

function fakeTensors({ iteration, seed }: Trial, epoch: number): NamedTensor[] {
  const { tensors } = buildGraph(iteration.layers);
  const averaged = iteration.training.average === undefined ? [] : tensors.filter(({ trained }) => trained);
  return [
    ...tensors,
    ...averaged.map((spec) => ({ ...spec, name: `average.${spec.name}` })),
  ].map(({ name, shape, length }, index) => ({
    name,
    shape,
    data: Float32Array.from({ length }, (_, at) => index + at / 1024 + seed + epoch / 64),
  }));
}
