/**
 * Where a step's time goes on a GPU: every dispatch between two readings of the device's clock, and what it reaches of
 * the arithmetic and the traffic that the device can do at most.
 *
 * @module
 */
import { Gpu } from "../../engine/webgpu/gpu.ts";
import { measurePeaks, type Peaks } from "../../engine/webgpu/peak.ts";
import type { Iteration } from "../../models/iteration.ts";
import { formatPercent } from "../command_line/format.ts";
import { markdownTable } from "../report/markdown_table.ts";
import { median } from "../statistics/mod.ts";
import type { PerfOptions, PerfReport } from "./training_speed.ts";
import { DeviceClock, gpuData, readySteps, timeSteps } from "./webgpu.ts";

const GPU_TRIALS = [5, 25], SOFTWARE_TRIALS = [1];
/** Steps that are timed. */
const ROUNDS = 15;

/** One dispatch of a step, all trials together. */
export interface DispatchRow {
  readonly kernel: string;
  /** Its place in the step. */
  readonly index: number;
  /** Workgroups of all trials. */
  readonly workgroups: number;
  readonly ms: number;
  readonly share: number;
  /** By the definition's operations, and by bytes that must move. */
  readonly flopPerSecond: number;
  readonly bytesPerSecond: number;
}

interface DeviceProfile {
  readonly iteration: number;
  readonly trials: number;
  /** Of a step as it is, its dispatches in one pass; the rows add up to that of the step that was timed. */
  readonly ms: number;
  readonly timedMs: number;
  /** From the longest. */
  readonly rows: readonly DispatchRow[];
}

async function profile(
  gpu: Gpu,
  iteration: Iteration,
  { trials, data }: { trials: number; data: ReturnType<typeof gpuData> },
): Promise<DeviceProfile> {
  const ready = await readySteps(gpu, iteration, { trials, data });
  const { network, program: { train }, steps } = ready, clock = new DeviceClock(gpu, 2 * train.length);
  try {
    // first, since it warms the device up
    const { deviceMs } = await timeSteps(gpu, ready);
    const rounds: number[][] = [];
    for (let round = 0; round < ROUNDS; round++) {
      network.submitTimed(train, round % steps, clock.querySet);
      rounds.push(await clock.read());
    }
    const ofKernel = train.map((_, k) => median(rounds.map((ms) => ms[k]))!);
    const timedMs = ofKernel.reduce((sum, ms) => sum + ms, 0);
    const rows = train.map(({ label, work, workgroups: [x, y] }, index): DispatchRow => {
      const ms = ofKernel[index], perSecond = trials / (ms / 1000);
      return {
        kernel: label,
        index,
        workgroups: x * y * trials,
        ms,
        share: ms / timedMs,
        flopPerSecond: work.flop * perSecond,
        bytesPerSecond: work.bytes * perSecond,
      };
    });
    return {
      iteration: iteration.id,
      trials,
      ms: deviceMs!,
      timedMs,
      rows: rows.toSorted((a, b) => b.ms - a.ms),
    };
  } finally {
    clock.close();
    ready.close();
  }
}

function show({ iteration, trials, ms, timedMs, rows }: DeviceProfile, peaks: Peaks): string {
  const rate = (perSecond: number, peak: number) => [
    (perSecond / 1e9).toFixed(perSecond < 1e10 ? 2 : 0),
    formatPercent(perSecond / peak, 0),
  ];
  const table = markdownTable([
    ["Kernel", "Workgroups", "µs", "Share [%]", "GFLOP/s", "Of peak [%]", "GB/s", "Of peak [%]"],
    ...rows.map(({ kernel, workgroups, ms, share, flopPerSecond, bytesPerSecond }) => [
      kernel,
      String(workgroups),
      (ms * 1000).toFixed(1),
      formatPercent(share, 1),
      ...(flopPerSecond > 0 ? rate(flopPerSecond, peaks.flopPerSecond) : ["", ""]),
      ...rate(bytesPerSecond, peaks.bytesPerSecond),
    ]),
    ["all", "", (timedMs * 1000).toFixed(1), formatPercent(1, 1), "", "", "", ""],
  ], { align: ["l", "r", "r", "r", "r", "r", "r", "r"] });
  return `## Iteration ${iteration}, ${trials} at once

A step takes ${ms.toFixed(3)} ms on the device, its dispatches one by one ${timedMs.toFixed(3)} ms.

${table}`;
}

/** Profiles each iteration's step at several numbers of trials side by side. */
export async function profileWebgpu(
  iterations: readonly Iteration[],
  { trials: wanted, onProgress }: PerfOptions,
): Promise<PerfReport> {
  const gpu = await Gpu.open();
  try {
    const adapter = `${gpu.name}${gpu.isSoftware ? ", a software adapter, no GPU" : ""}`;
    onProgress(`adapter: ${adapter}`);
    if (!gpu.hasTimestamps) {
      throw new Error(
        `Cannot profile "${gpu.name}": expected a device with a clock (timestamp-query), got none; leave out --profile`,
      );
    }
    const peaks = await measurePeaks(gpu), data = gpuData(gpu.isSoftware), profiles: DeviceProfile[] = [];
    for (const iteration of iterations) {
      for (const trials of wanted ?? (gpu.isSoftware ? SOFTWARE_TRIALS : GPU_TRIALS)) {
        onProgress(`iteration ${iteration.id}, ${trials} at once …`);
        profiles.push(await profile(gpu, iteration, { trials, data }));
      }
    }
    return {
      json: { engine: "webgpu", adapter: gpu.name, software: gpu.isSoftware, ...peaks, profiles },
      text: `${adapter}

${profiles.map((each) => show(each, peaks)).join("\n\n")}

Medians of ${ROUNDS} steps, from one reading of the device's clock to the next. GFLOP/s by the definition's operations,
as if convolution were direct; GB/s by bytes that must move; of peak: of what the device was measured to do at most,
${(peaks.flopPerSecond / 1e12).toFixed(2)} TFLOP/s of fused multiply-add and ${
        (peaks.bytesPerSecond / 1e9).toFixed(0)
      } GB/s copied.`,
    };
  } finally {
    gpu.close();
  }
}
