/**
 * How far a run is: counted here, drawn by `progress_display.ts`.
 *
 * @module
 */
import type { EpochResult, Trial, TrialEvent } from "../../engine/engine.ts";
import { imagesPerEpoch } from "../../engine/training_set.ts";
import { trialWork } from "./work.ts";

/** A trial that is being trained. */
export interface RunningTrial {
  readonly trial: Trial;
  /** The epoch that is being trained, 1-based. */
  readonly epoch: number;
  /** Of the whole trial, 0 to 1. */
  readonly fraction: number;
  /** Of the last epoch: on the test set, or where that is not looked at yet, on the held-out images. */
  readonly accuracy?: number;
  /** Of training, evaluation apart. */
  readonly imagesPerSecond?: number;
  /** Evaluation included. */
  readonly secondsLeft?: number;
}

/** How far the whole run is. */
export interface OverallProgress {
  readonly ended: number;
  readonly trials: number;
  /** Of the arithmetic of all trials, 0 to 1. */
  readonly fraction: number;
  readonly secondsElapsed: number;
  readonly secondsLeft?: number;
}

interface TrialState {
  startMs: number;
  epoch: number;
  images: number;
  /** The first report of this epoch and the latest; the rate is taken between them. */
  firstReport?: { readonly ms: number; readonly images: number };
  lastReport?: { readonly ms: number; readonly images: number };
  lastResult?: EpochResult;
  ended: boolean;
  /** Ended before its time: what it left undone will not be done. */
  lost: boolean;
}

// Shorter spans give a rate that jumps.
const SHORTEST_RATE_MS = 300;
/** Before so many seconds and such a share of the work, time left would be hours in one moment and minutes in the next. */
const SHORTEST_ESTIMATE = { seconds: 3, fraction: 0.05 } as const;

/** Follows an engine's events; times are milliseconds of one clock. */
export class Progress {
  private readonly states = new Map<number, TrialState>();
  private readonly work: readonly number[];
  private startMs?: number;

  constructor(private readonly trials: readonly Trial[], private readonly trainImages: number) {
    this.work = trials.map((trial) => trialWork(trial, trainImages));
  }

  apply(event: TrialEvent, nowMs: number): void {
    this.startMs ??= nowMs;
    const state = this.states.get(event.trial) ??
      { startMs: nowMs, epoch: 1, images: 0, ended: false, lost: false };
    this.states.set(event.trial, state);
    switch (event.kind) {
      case "progress": {
        // an engine reads epoch and images one after the other; at an epoch's end they may not belong together
        if (event.epoch < state.epoch || (event.epoch === state.epoch && event.images < state.images)) break;
        if (event.epoch !== state.epoch) state.firstReport = undefined;
        state.epoch = event.epoch;
        state.images = event.images;
        state.lastReport = { ms: nowMs, images: event.images };
        state.firstReport ??= state.lastReport;
        break;
      }
      case "epoch":
        state.lastResult = event.result;
        state.epoch = event.result.epoch + 1;
        state.images = 0;
        state.firstReport = state.lastReport = undefined;
        break;
      default:
        state.ended = true;
        state.lost = event.kind !== "completed";
    }
  }

  /** Trials that have begun and not ended, in the order of the plan. */
  running(nowMs: number): RunningTrial[] {
    return [...this.states]
      .filter(([, state]) => !state.ended)
      .sort(([a], [b]) => a - b)
      .map(([index, state]) => {
        const trial = this.trials[index], fraction = this.fractionOf(index, state);
        return {
          trial,
          epoch: Math.min(state.epoch, trial.epochs),
          fraction,
          accuracy: state.lastResult?.testAccuracy ?? state.lastResult?.validationAccuracy ?? undefined,
          imagesPerSecond: this.rateOf(index, state),
          secondsLeft: secondsLeft(fraction, (nowMs - state.startMs) / 1000),
        };
      });
  }

  overall(nowMs: number): OverallProgress {
    let done = 0, total = 0;
    for (const [index, work] of this.work.entries()) {
      const state = this.states.get(index);
      const trialDone = state === undefined ? 0 : work * this.fractionOf(index, state);
      done += trialDone;
      total += state?.lost ? trialDone : work;
    }
    const secondsElapsed = (nowMs - (this.startMs ?? nowMs)) / 1000;
    const fraction = total === 0 ? 1 : done / total;
    return {
      ended: [...this.states.values()].filter((state) => state.ended).length,
      trials: this.trials.length,
      fraction,
      secondsElapsed,
      secondsLeft: secondsLeft(fraction, secondsElapsed),
    };
  }

  private fractionOf(index: number, state: TrialState): number {
    if (state.ended && !state.lost) return 1;
    const { epochs } = this.trials[index];
    return Math.min(1, (state.epoch - 1 + state.images / this.imagesOf(index)) / epochs);
  }

  /** That an epoch of a trial trains on. */
  private imagesOf(index: number): number {
    return imagesPerEpoch(this.trials[index].iteration.training, this.trainImages);
  }

  private rateOf(index: number, { firstReport, lastReport, lastResult }: TrialState): number | undefined {
    const ms = (lastReport?.ms ?? 0) - (firstReport?.ms ?? 0);
    if (lastReport !== undefined && firstReport !== undefined && ms >= SHORTEST_RATE_MS) {
      return (lastReport.images - firstReport.images) / ms * 1000;
    }
    return lastResult === undefined ? undefined : this.imagesOf(index) / lastResult.trainSeconds;
  }
}

function secondsLeft(fraction: number, secondsElapsed: number): number | undefined {
  const isEarly = secondsElapsed < SHORTEST_ESTIMATE.seconds && fraction < SHORTEST_ESTIMATE.fraction;
  if (isEarly || fraction <= 0 || secondsElapsed <= 0) return undefined;
  return secondsElapsed * (1 - fraction) / fraction;
}
