/**
 * Speed of the GPU engine: images per second by trials side by side, a step's time on host and device, and shares of
 * what the GPU can do at most, measured in the same run.
 *
 * @module
 */
import { markdownTable } from "../report/markdown_table.ts";
import type { ImageSet } from "../../engine/engine.ts";
import { drawEpoch } from "../../engine/webgpu/epoch_draws.ts";
import { Gpu } from "../../engine/webgpu/gpu.ts";
import { createWebgpuEngine } from "../../engine/webgpu/mod.ts";
import { DeviceData, DeviceNetwork } from "../../engine/webgpu/network.ts";
import { orderScalars } from "../../engine/webgpu/optimizer.ts";
import { measurePeaks } from "../../engine/webgpu/peak.ts";
import { planProgram, type Program } from "../../engine/webgpu/program.ts";
import { optimizerScalarsAt } from "../../engine/rates.ts";
import type { Iteration } from "../../models/iteration.ts";
import { formatCount, formatPercent } from "../command_line/format.ts";
import { median } from "../statistics/mod.ts";
import { drawPerfData, type PerfOptions, type PerfReport, trainingSpeed } from "./training_speed.ts";
import { countStep } from "./webgpu_cost.ts";

/** Trials side by side unless `--trials` says otherwise. */
const GPU_TRIALS = [1, 5, 25, 100];
/** One fills a processor that pretends to be a GPU. */
const SOFTWARE_TRIALS = [1];
/** An epoch as long as MNIST's on a GPU, where an epoch's start and end count; a short one in software. */
const GPU_IMAGES = 60_000;
const SOFTWARE_IMAGES = 768;
/** Steps of a timed submission, and how many of those. */
const STEPS = 16;
const SUBMISSIONS = 9;

interface Speed {
  readonly iteration: number;
  readonly trials: number;
  readonly imagesPerSecond: number;
  /** Milliseconds of a step: to record and submit it, and to compute it (null where the device has no clock). */
  readonly hostMs: number;
  readonly deviceMs: number | null;
  readonly dispatches: number;
  /** Of the measured peaks, by the operations' definition and by bytes that must move, in a step on the device. */
  readonly shareOfFlop: number | null;
  readonly shareOfBytes: number | null;
}

/** The set repeated or cut to `count` images. */
function ofLength({ images, labels }: ImageSet, count: number): ImageSet {
  const size = images.length / labels.length;
  const out = { images: new Uint8Array(size * count), labels: new Uint8Array(count) };
  for (let at = 0; at < count; at += labels.length) {
    const here = Math.min(labels.length, count - at);
    out.images.set(images.subarray(0, here * size), at * size);
    out.labels.set(labels.subarray(0, here), at);
  }
  return out;
}

/** Trials in the memory of a GPU, ready to train an epoch's first steps again and again. */
export interface ReadySteps {
  readonly network: DeviceNetwork;
  readonly program: Program;
  readonly steps: number;
  close(): void;
}

/** Prepares `trials` trials of an iteration on `data`. */
export async function readySteps(
  gpu: Gpu,
  iteration: Iteration,
  { trials, data }: { trials: number; data: { train: ImageSet; test: ImageSet } },
): Promise<ReadySteps> {
  const onDevice = await DeviceData.create(gpu, data);
  const program = planProgram(iteration, onDevice.sizes);
  const network = await DeviceNetwork.create(gpu, program, { trials, data: onDevice });
  if (!network) throw gpu.error("measure", `memory for ${trials} trials`, "too little memory");
  const { training, stepsPerEpoch, split: { trainCount: count } } = program, { augmentation } = training;
  const steps = Math.min(STEPS, stepsPerEpoch), { images } = data.train;
  const scalars = Array.from(
    { length: steps },
    (_, i) => orderScalars(training, optimizerScalarsAt(training, i, stepsPerEpoch)),
  );
  for (let t = 0; t < trials; t++) {
    network.initializeFromSeed(t, t);
    network.writeScalars(t, scalars);
    const words = drawEpoch({ seed: t, epoch: 1, count, augmentation, images });
    network.write("drawn", words, t * network.wordsOf("drawn"));
  }
  network.writeSteps(Array.from({ length: steps }, (_, i) => ({
    examples: Math.min(training.batchSize, count - i * training.batchSize),
    first: i * training.batchSize,
    epoch: 1,
    training: true,
    slot: i,
    epochLength: count,
  })));
  const close = () => {
    network.destroy();
    onDevice.destroy();
  };
  return { network, program, steps, close };
}

/** Queries of a device's clock; the last times are read back once the device is done. */
export class DeviceClock {
  readonly querySet: GPUQuerySet;
  readonly #device: GPUDevice;
  readonly #resolved: GPUBuffer;

  constructor({ device }: Gpu, count: number) {
    this.#device = device;
    this.querySet = device.createQuerySet({ type: "timestamp", count });
    const usage = GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC;
    this.#resolved = device.createBuffer({ size: 8 * count, usage });
  }

  /** Milliseconds from each even query to the odd one behind it. */
  async read(): Promise<number[]> {
    const device = this.#device, { count } = this.querySet, size = 8 * count;
    const usage = GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST;
    const staging = device.createBuffer({ size, usage });
    const encoder = device.createCommandEncoder();
    encoder.resolveQuerySet(this.querySet, 0, count, this.#resolved, 0);
    encoder.copyBufferToBuffer(this.#resolved, 0, staging, 0, size);
    device.queue.submit([encoder.finish()]);
    await staging.mapAsync(GPUMapMode.READ);
    const times = new BigUint64Array(staging.getMappedRange());
    const ms = Array.from({ length: count / 2 }, (_, i) => Number(times[2 * i + 1] - times[2 * i]) / 1e6);
    staging.destroy();
    return ms;
  }

  close(): void {
    this.#resolved.destroy();
    this.querySet.destroy();
  }
}

/** Times steps alone, without what an epoch does before and after them. */
export async function timeSteps(
  gpu: Gpu,
  { network, program, steps }: ReadySteps,
): Promise<{ hostMs: number; deviceMs: number | null }> {
  const clock = gpu.hasTimestamps ? new DeviceClock(gpu, 2) : undefined;
  const hostMs: number[] = [], deviceMs: number[] = [];
  for (let round = 0; round < SUBMISSIONS; round++) {
    const started = performance.now();
    network.submit(
      program.train,
      0,
      steps,
      clock && { querySet: clock.querySet, beginningOfPassWriteIndex: 0, endOfPassWriteIndex: 1 },
    );
    hostMs.push((performance.now() - started) / steps);
    if (clock) deviceMs.push((await clock.read())[0] / steps);
    else await gpu.finish();
  }
  clock?.close();
  // the first round compiles
  return { hostMs: median(hostMs.slice(1))!, deviceMs: median(deviceMs.slice(1)) ?? null };
}

/** Images of an epoch on a GPU. */
export function gpuData(isSoftware = false): { readonly train: ImageSet; readonly test: ImageSet } {
  const { train, test } = drawPerfData();
  return { train: ofLength(train, isSoftware ? SOFTWARE_IMAGES : GPU_IMAGES), test };
}

/** Measures each iteration at several numbers of trials side by side. */
export async function measureWebgpu(
  iterations: readonly Iteration[],
  options: PerfOptions,
): Promise<PerfReport> {
  const gpu = await Gpu.open();
  const speeds: Speed[] = [];
  try {
    options.onProgress(`adapter: ${gpu.name}${gpu.isSoftware ? ", a software adapter, no GPU" : ""}`);
    const peaks = await measurePeaks(gpu);
    const data = gpuData(gpu.isSoftware),
      counts = options.trials ?? (gpu.isSoftware ? SOFTWARE_TRIALS : GPU_TRIALS);
    for (const iteration of iterations) {
      for (const trials of counts) {
        options.onProgress(`iteration ${iteration.id}, ${trials} at once …`);
        const engine = await createWebgpuEngine({ workers: options.workers, trialsAtOnce: trials });
        let imagesPerSecond: number;
        try {
          imagesPerSecond = await trainingSpeed(engine, iteration, {
            data,
            trials,
            epochs: gpu.isSoftware ? 2 : 4,
          });
        } finally {
          engine.close();
        }
        const ready = await readySteps(gpu, iteration, { trials, data });
        const { hostMs, deviceMs } = await timeSteps(gpu, ready);
        ready.close();
        const { dispatches, flop, bytes } = countStep(ready.program);
        const share = (work: number, peak: number) =>
          deviceMs === null ? null : work * trials / (deviceMs / 1000) / peak;
        speeds.push({
          iteration: iteration.id,
          trials,
          imagesPerSecond,
          hostMs,
          deviceMs,
          dispatches,
          shareOfFlop: share(flop, peaks.flopPerSecond),
          shareOfBytes: share(bytes, peaks.bytesPerSecond),
        });
      }
    }
    return {
      json: { engine: "webgpu", adapter: gpu.name, software: gpu.isSoftware, ...peaks, speeds },
      text: `${gpu.name}${gpu.isSoftware ? ", a software adapter, no GPU" : ""}: ${
        (peaks.flopPerSecond / 1e12).toFixed(2)
      } TFLOP/s of fused multiply-add, ${
        (peaks.bytesPerSecond / 1e9).toFixed(0)
      } GB/s copied (read and written)

${speedTable(speeds)}

Images/s: whole training with augmentation. Step: recording it on the host, computing it on the device.
Shares: of the two peaks above, in a step on the device, by the definition's operations and by bytes that must move.`,
    };
  } finally {
    gpu.close();
  }
}

function speedTable(speeds: readonly Speed[]): string {
  const percent = (share: number | null) => share === null ? "n/a" : formatPercent(share, 0);
  return markdownTable([
    [
      "Iteration",
      "Trials at once",
      "Training [images/s]",
      "Dispatches",
      "Step, host [ms]",
      "Step, device [ms]",
      "Share of FMA peak [%]",
      "Share of copy peak [%]",
    ],
    ...speeds.map((s) => [
      String(s.iteration),
      String(s.trials),
      formatCount(Math.round(s.imagesPerSecond)),
      String(s.dispatches),
      s.hostMs.toFixed(3),
      s.deviceMs?.toFixed(3) ?? "n/a",
      percent(s.shareOfFlop),
      percent(s.shareOfBytes),
    ]),
  ], { align: Array(8).fill("r") });
}
