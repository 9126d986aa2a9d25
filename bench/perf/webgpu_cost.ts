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
 * An NVIDIA H100: its peaks as `perf` measured them; the share of a copy's traffic that its profile shows of the large
 * kernels without products; the share of arithmetic and the gap that then fit best eight measured times of a step, of
 * iterations 1 and 5 at 1, 5, 25 and 100 trials (root mean square of the logarithms' deviations 0.11); Deno's costs as
 * measured there too.
 */
const H100: AssumedDevice = {
  flopPerSecond: 63.9e12,
  bytesPerSecond: 3.05e12,
  flopShare: 0.34,
  bytesShare: 0.8,
  gapSeconds: 12.5e-6,
  recordSeconds: 4e-6,
  submitSeconds: 150e-6 / 16,
};
/** Trials at once unless `--trials` says otherwise. */
const TRIALS = [1, 5, 25, 100];

/** Counts each iteration's step and predicts its speed at several numbers of trials at once; needs no GPU. */
export function countWebgpu(
  iterations: readonly Iteration[],
  counts: readonly number[] = TRIALS,
): PerfReport {
  const rows = iterations.map((iteration) => {
    const program = planProgram(iteration, { trainCount: 60_000, testCount: 10_000 });
    const imagesPerSecond = counts.map((trials) =>
      program.batchSize * trials / predictStep(program.train, trials, H100).step
    );
    return { iteration: iteration.id, ...countStep(program), imagesPerSecond };
  });
  return {
    json: { engine: "webgpu", assumed: H100, trials: counts, rows },
    text: `${
      markdownTable([
        [
          "Iteration",
          "Dispatches",
          "GFLOP",
          "MB",
          ...counts.map((trials) => `${formatCount(trials)} at once [images/s]`),
        ],
        ...rows.map(({ iteration, dispatches, flop, bytes, imagesPerSecond }) => [
          String(iteration),
          String(dispatches),
          (flop / 1e9).toFixed(2),
          (bytes / 1e6).toFixed(0),
          ...imagesPerSecond.map((rate) => formatCount(Math.round(rate / 1000) * 1000)),
        ]),
      ], { align: Array(4 + counts.length).fill("r") })
    }

Counted: a step of one trial, by the operations' definition and by bytes that must move if caches were perfect.
Predicted, not measured: steps alone on an H100 of ${H100.flopPerSecond / 1e12} TFLOP/s and ${
      H100.bytesPerSecond / 1e12
    } TB/s, of which kernels reach ${formatPercent(H100.flopShare, 0)} and ${
      formatPercent(H100.bytesShare, 0)
    } %,
${H100.gapSeconds * 1e6} µs between dispatches, ${H100.recordSeconds * 1e6} µs for the host to record one.`,
  };
}
