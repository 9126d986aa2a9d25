/**
 * What a step costs on a GPU, counted from its kernels, and what that makes on a device of given speed: a prediction
 * for machines that are not at hand.
 *
 * @module
 */
import { markdownTable } from "../report/markdown_table.ts";
import { planProgram, type Program } from "../../engine/webgpu/program.ts";
import type { Iteration } from "../../models/iteration.ts";
import { formatCount, formatPercent } from "../command_line/format.ts";
import type { PerfReport } from "./training_speed.ts";

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

/**
 * An H200 as far as it is known without one at hand: its fp32 peak by data sheet, a copy of 4.3 TB/s; shares that
 * well-blocked kernels reach elsewhere; Deno's costs as measured on another machine.
 */
const H200: AssumedDevice = {
  flopPerSecond: 66.9e12,
  bytesPerSecond: 4.3e12,
  flopShare: 0.55,
  bytesShare: 0.8,
  gapSeconds: 2.5e-6,
  recordSeconds: 4e-6,
  submitSeconds: 150e-6 / 16,
};
const TRIALS = [1, 5, 25, 100];

/** Counts each iteration's step and predicts its speed; needs no GPU. */
export function countWebgpu(iterations: readonly Iteration[]): PerfReport {
  const rows = iterations.map((iteration) => {
    const program = planProgram(iteration, { trainCount: 60_000, testCount: 10_000 });
    const imagesPerSecond = TRIALS.map((trials) =>
      program.batchSize * trials / predictStep(program.train, trials, H200).step
    );
    return { iteration: iteration.id, ...countStep(program), imagesPerSecond };
  });
  return {
    json: { engine: "webgpu", assumed: H200, trials: TRIALS, rows },
    text: `${
      markdownTable([
        [
          "Iteration",
          "Dispatches",
          "GFLOP",
          "MB",
          ...TRIALS.map((trials) => `${formatCount(trials)} at once [images/s]`),
        ],
        ...rows.map(({ iteration, dispatches, flop, bytes, imagesPerSecond }) => [
          String(iteration),
          String(dispatches),
          (flop / 1e9).toFixed(2),
          (bytes / 1e6).toFixed(0),
          ...imagesPerSecond.map((rate) => formatCount(Math.round(rate / 1000) * 1000)),
        ]),
      ], { align: Array(4 + TRIALS.length).fill("r") })
    }

Counted: a step of one trial, by the operations' definition and by bytes that must move if caches were perfect.
Predicted, not measured: an H200 of ${H200.flopPerSecond / 1e12} TFLOP/s and ${
      H200.bytesPerSecond / 1e12
    } TB/s, of which kernels reach ${formatPercent(H200.flopShare, 0)} and ${
      formatPercent(H200.bytesShare, 0)
    } %,
${H200.gapSeconds * 1e6} µs between dispatches, ${H200.recordSeconds * 1e6} µs for the host to record one.`,
  };
}
