/**
 * What an engine is: something that trains trials and reports each epoch.
 *
 * @module
 */
import type { Iteration } from "../models/iteration.ts";

/** Labelled 28×28 images: `images` is uint8 [N,28,28], `labels` is uint8 [N] with digits 0 to 9. */
export interface ImageSet {
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
}

/** One training from one seed. It stops after `epochs`; schedules keep the iteration's own length. */
export interface Trial {
  readonly iteration: Iteration;
  /** uint32 */
  readonly seed: number;
  readonly epochs: number;
}

/** What a trial measured in one epoch. Accuracies are fractions, losses nats per example. */
export interface EpochResult {
  /** 1-based. */
  readonly epoch: number;
  /** Learning rate of the epoch's last step. */
  readonly learningRate: number;
  /** Means over the epoch in training mode, on augmented images. */
  readonly trainLoss: number;
  readonly trainAccuracy: number;
  /** On the held-out images, in evaluation mode; null where the recipe holds none out. */
  readonly validationLoss: number | null;
  readonly validationAccuracy: number | null;
  /** Null where not measured: a recipe that holds images out looks at the test set after the last epoch alone. */
  readonly testLoss: number | null;
  readonly testAccuracy: number | null;
  /**
   * SHA-256 (hex) over all parameters, then all running statistics, in layer order, then the parameters' moving averages
   * where the recipe has them; little-endian float32.
   */
  readonly weightsDigest: string;
  readonly trainSeconds: number;
  /** Of evaluation, on held-out and test images. */
  readonly testSeconds: number;
}

/** A named tensor of a trained model; names are those of PyTorch in an `nn.Sequential` (`0.weight`, `1.running_mean`, …). */
export interface NamedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** What an engine reports about the trial with index `trial` in the list that it was given. */
export type TrialEvent =
  | { readonly kind: "progress"; readonly trial: number; readonly epoch: number; readonly images: number }
  | { readonly kind: "epoch"; readonly trial: number; readonly result: EpochResult }
  | {
    readonly kind: "completed";
    readonly trial: number;
    /** uint8 [N]: the predicted digit of every test image after the last epoch. */
    readonly predictions: Uint8Array;
    /** Parameters, running statistics, then averages as `average.` and the parameter's name: what the digest is over. */
    readonly tensors: readonly NamedTensor[];
  }
  | { readonly kind: "diverged"; readonly trial: number; readonly epoch: number }
  | { readonly kind: "failed"; readonly trial: number; readonly message: string };

/** What an engine runs on, for the manifest and the first line of output. */
export interface Device {
  /** `software`: an adapter of a GPU that the processor pretends to be; for tests, never chosen unasked. */
  readonly kind: "cpu" | "gpu" | "software";
  /** One line for people: CPU or adapter name and the features in use. */
  readonly description: string;
  /** On a CPU they train, beside a GPU they draw what it trains on. */
  readonly workers: number;
}

/** What trials are trained on, and how the caller follows and stops them. */
export interface TrainOptions {
  readonly train: ImageSet;
  readonly test: ImageSet;
  readonly onEvent: (event: TrialEvent) => void;
  readonly signal?: AbortSignal;
}

/**
 * A device cannot go on: lost, out of memory, or it refuses what it was given. The message names it and says what to
 * do; trials that were reported as ended are not concerned.
 */
export class DeviceError extends Error {
  override readonly name: string = "DeviceError";
}

/** Trains trials. Every engine computes the same thing; what it promises about bits is its own. */
export interface Engine {
  /** `wasm`, `wasm-unfused`, `webgpu`, `tensorflow`: results of different names are never compared by digest. */
  readonly name: string;
  /** Raised by every change that alters the weights which a seed gives. */
  readonly version: number;
  readonly device: Device;
  /**
   * Trains all trials, in this order, as many at once as the device can hold, and reports each as it goes.
   *
   * A trial that diverges or fails ends alone; the others go on. Resolves when all have ended.
   * @throws {TypeError | RangeError} Before anything is trained, if trials or images are none that could be meant.
   * @throws {DOMException} `AbortError` when `signal` aborts.
   * @throws {DeviceError} When the device cannot go on.
   */
  train(trials: readonly Trial[], options: TrainOptions): Promise<void>;
  /** Stops the workers and gives back the memory. */
  close(): void;
}
