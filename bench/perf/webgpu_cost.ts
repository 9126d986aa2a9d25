/**
 * What a step costs on a GPU, counted from its kernels, and what that makes on a device of given speed.
 *
 * @module
 */
import type { Program } from "../../engine/webgpu/program.ts";
import type { Kernel } from "../../engine/webgpu/kernel.ts";

/** Of one step of one trial. */
export interface StepCost {
  readonly dispatches: number;
  /** By the definition of the operations. */
  readonly flop: number;
  /** That must move if caches were perfect: every buffer once by every kernel. */
  readonly bytes: number;
}

/** Counts a step of training. */
export function countStep({ train }: Pick<Program, "train">): StepCost {
  return {
    dispatches: train.length,
    flop: train.reduce((sum, { work }) => sum + work.flop, 0),
    bytes: train.reduce((sum, { work }) => sum + work.bytes, 0),
  };
}

/** A GPU as the prediction knows it. */
export interface AssumedDevice {
  readonly flopPerSecond: number;
  readonly bytesPerSecond: number;
  /** Shares of the two that these kernels reach. */
  readonly flopShare: number;
  readonly bytesShare: number;
  /** From the end of a dispatch to the start of the next, which waits for it. */
  readonly gapSeconds: number;
  /** For the host to record a dispatch. */
  readonly recordSeconds: number;
  /** For the host to submit, spread over the steps of a submission. */
  readonly submitSeconds: number;
}

/**
 * Seconds of a step of T trials: each kernel takes its arithmetic or its traffic, whichever is longer, and a gap; the
 * host records the next step meanwhile.
 */
export function predictStep(
  kernels: readonly Kernel[],
  trials: number,
  device: AssumedDevice,
): { host: number; device: number; step: number } {
  const host = kernels.length * device.recordSeconds + device.submitSeconds;
  const onDevice = kernels.reduce((sum, { work }) => {
    const arithmetic = work.flop * trials / (device.flopPerSecond * device.flopShare);
    const traffic = work.bytes * trials / (device.bytesPerSecond * device.bytesShare);
    return sum + Math.max(arithmetic, traffic) + device.gapSeconds;
  }, 0);
  return { host, device: onDevice, step: Math.max(host, onDevice) };
}
