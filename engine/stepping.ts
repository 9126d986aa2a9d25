/**
 * A network that is trained step by step, so that two engines can be compared in each of them.
 *
 * @module
 */
import type { Iteration } from "../models/iteration.ts";
import type { EpochMeasures } from "../models/recipe/schedules/mod.ts";
import type { ImageSet, NamedTensor } from "./engine.ts";

export type Awaitable<T> = T | Promise<T>;

/** Which step of a training; dropout's masks, augmentation and schedules depend on it. */
export interface StepPosition {
  /** 1-based. */
  readonly epoch: number;
  /** uint32 */
  readonly seed: number;
  /** Counted from 0 over the whole training. */
  readonly stepNumber: number;
  readonly stepsPerEpoch: number;
  /** Of the epochs before, for schedules that look back. */
  readonly history?: readonly EpochMeasures[];
}

/** A network on an engine. */
export interface SteppedNetwork {
  /** Trains one step on `images[indices]`; resolves to the batch's sums. */
  trainStep(
    data: ImageSet,
    indices: Uint32Array,
    position: StepPosition,
  ): Awaitable<{ loss: number; correct: number }>;
  /** Of the last step, every parameter's, as the optimizer took them: with the L1 term, and clipped. */
  gradients(): Awaitable<readonly NamedTensor[]>;
  /** In canonical order. */
  tensors(): Awaitable<readonly NamedTensor[]>;
  /** Moving averages of the parameters, in canonical order; none where the recipe has no `average`. */
  averages(): Awaitable<readonly NamedTensor[]>;
  /** `[N,10]` of uint8 images `[N,28,28]` in evaluation mode, from the averages where there are some. */
  logits(images: Uint8Array): Awaitable<Float32Array>;
  close(): void;
}

/**
 * Opens the network of an iteration, for batches of up to the iteration's `batchSize`, with these tensors (in
 * canonical order) and an optimizer that has seen nothing.
 */
export type OpenNetwork = (iteration: Iteration, values: Float32Array) => Awaitable<SteppedNetwork>;
