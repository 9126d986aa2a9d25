/**
 * What the engine and its workers say to each other.
 *
 * @module
 */
import type { Iteration } from "../../models/iteration.ts";
import type { EpochMeasures } from "../../models/recipe/schedules/mod.ts";
import type { EpochResult, ImageSet, NamedTensor } from "../engine.ts";
import type { Features } from "./features.ts";
import type { Evaluation } from "./trainer.ts";

/** Identifies a trial in a worker. */
export type TrialKey = number;

export type ToWorker =
  | { readonly type: "data"; readonly train: ImageSet; readonly test: ImageSet }
  | {
    /** Joins a trial: makes the plan and instantiates its kernels on the shared memory. */
    readonly type: "join";
    readonly key: TrialKey;
    readonly iteration: Iteration;
    readonly seed: number;
    readonly memory: WebAssembly.Memory;
    /** Images that an epoch trains on. */
    readonly trainCount: number;
    /** The worker's place in the memory; 0 sets the initial weights. */
    readonly rank: number;
    readonly workers: number;
    readonly wide: boolean;
  }
  | {
    /** Asks which blocking is faster here. */
    readonly type: "tune";
  }
  | {
    /** Trains an epoch and evaluates, as one of a team. */
    readonly type: "epoch";
    readonly key: TrialKey;
    readonly epoch: number;
    readonly seed: number;
    /** Of the epochs before, for schedules that look back. */
    readonly history: readonly EpochMeasures[];
    readonly position: number;
    readonly size: number;
    /** Shared memory that the team writes. */
    readonly test: Evaluation;
    /** Where images are held out. */
    readonly validation: Evaluation | undefined;
    /** Whether to send the tensors with the result. */
    readonly last: boolean;
  }
  | { readonly type: "leave"; readonly key: TrialKey };

export type FromWorker =
  | { readonly type: "ready"; readonly features: Features }
  | {
    readonly type: "epoch";
    readonly key: TrialKey;
    /** From position 0; null where the trial has diverged. */
    readonly result?: EpochResult | null;
    /** Parameters, running statistics, then averages as `average.` and the parameter's name. */
    readonly tensors?: readonly NamedTensor[];
  }
  | { readonly type: "tuned"; readonly wide: boolean }
  | { readonly type: "failed"; readonly key?: TrialKey; readonly message: string };
