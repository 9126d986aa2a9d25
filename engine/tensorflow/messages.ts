/**
 * What the engine and the processes that run TensorFlow.js say to each other.
 *
 * @module
 */
import type { Iteration } from "../../models/iteration.ts";
import type { ImageSet, NamedTensor, Trial, TrialEvent } from "../engine.ts";
import type { StepPosition } from "../stepping.ts";

/**
 * What TensorFlow.js computes with: TensorFlow itself through a native binding (`node-gpu`, `node`), or JavaScript
 * alone (`webgpu`, `cpu`).
 */
export const TENSORFLOW_BACKENDS = ["node-gpu", "node", "webgpu", "cpu"] as const;
export type TensorflowBackend = typeof TENSORFLOW_BACKENDS[number];

/** What was loaded. */
export interface LoadedBackend {
  readonly backend: TensorflowBackend;
  /** Versions and device, one line for people. */
  readonly description: string;
  /** Of TensorFlow itself; absent where JavaScript computes. */
  readonly tensorflowVersion?: string;
  /** Whether a graphics processor computes: one process is then enough. */
  readonly usesGpu: boolean;
}

export type ToProcess =
  | { readonly type: "data"; readonly train: ImageSet; readonly test: ImageSet }
  | { readonly type: "train"; readonly trial: Trial }
  | { readonly type: "open"; readonly iteration: Iteration; readonly values: Float32Array }
  | {
    readonly type: "trainStep";
    readonly data: ImageSet;
    readonly indices: Uint32Array;
    readonly position: StepPosition;
  }
  | { readonly type: "gradients" }
  | { readonly type: "tensors" }
  | { readonly type: "averages" }
  | { readonly type: "logits"; readonly images: Uint8Array };

/** A trial's events have the index 0. */
export type FromProcess =
  | { readonly type: "ready"; readonly loaded: LoadedBackend }
  | { readonly type: "event"; readonly event: TrialEvent }
  | { readonly type: "answer"; readonly answer: Answer }
  | { readonly type: "failed"; readonly message: string };

/** To a question about an open network. */
export type Answer = undefined | Float32Array | readonly NamedTensor[] | {
  readonly loss: number;
  readonly correct: number;
};
