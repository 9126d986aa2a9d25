/**
 * Speed of the CPU engine: one worker, a trial on each worker, one trial shared by all.
 *
 * @module
 */
import { markdownTable } from "../report/markdown_table.ts";
import { createWasmEngine } from "../../engine/wasm/mod.ts";
import { PEAK_FLOP, peakKernel } from "../../engine/wasm/peak.ts";
import type { Iteration } from "../../models/iteration.ts";
import { trainingFlop } from "../../models/graph.ts";
import { formatCount, formatPercent } from "../command_line/format.ts";
import { drawPerfData, type PerfOptions, type PerfReport, trainingSpeed } from "./training_speed.ts";

/** One iteration's figures, images per second. */
interface Speed {
  readonly iteration: number;
  readonly oneWorker: number;
  /** A trial on each worker, all together. */
  readonly allWorkers: number;
  /** One trial that all workers share. */
  readonly shared: number;
  /** Of all workers' peak, by the definition's operations: Winograd needs fewer, so this can pass what seems possible. */
  readonly shareOfPeak: number;
}

/** Operations per second of one core with nothing but fused multiply-adds. */
async function measurePeak(): Promise<number> {
  const run = peakKernel();
  let best = Infinity;
  for (let round = 0; round < 12; round++) {
    const start = performance.now();
    run();
    best = Math.min(best, performance.now() - start);
    await new Promise((resolve) => setTimeout(resolve, 10)); // for the optimizing compiler
  }
  return PEAK_FLOP / (best / 1000);
}

/** Measures each iteration on one worker, on all, and on all together. */
export async function measureWasm(
  iterations: readonly Iteration[],
  options: PerfOptions,
): Promise<PerfReport> {
  const workers = options.workers ?? navigator.hardwareConcurrency;
  const data = drawPerfData();
  const peak = await measurePeak();
  const speeds: Speed[] = [];
  const measure = async (iteration: Iteration, count: number, trials: number) => {
    const engine = await createWasmEngine({ workers: count });
    try {
      return await trainingSpeed(engine, iteration, { data, trials });
    } finally {
      engine.close();
    }
  };
  for (const iteration of iterations) {
    options.onProgress(`iteration ${iteration.id} …`);
    const oneWorker = await measure(iteration, 1, 1);
    const allWorkers = await measure(iteration, workers, workers);
    const shared = await measure(iteration, workers, 1);
    const shareOfPeak = allWorkers * trainingFlop(iteration.layers) / (peak * workers);
    speeds.push({ iteration: iteration.id, oneWorker, allWorkers, shared, shareOfPeak });
  }
  const round = (value: number) => formatCount(Math.round(value));
  const table = markdownTable([
    [
      "Iteration",
      "1 worker",
      `${workers} workers, ${workers} trials`,
      `${workers} workers, 1 trial`,
      "Share of peak [%]",
    ],
    ...speeds.map((s) => [
      String(s.iteration),
      round(s.oneWorker),
      round(s.allWorkers),
      `${round(s.shared)} (${(s.shared / s.oneWorker).toFixed(2)}×)`,
      formatPercent(s.shareOfPeak, 0),
    ]),
  ], { align: ["r", "r", "r", "r", "r"] });
  return {
    json: { engine: "wasm", workers, peakFlopPerSecond: peak, speeds },
    text: `${(peak / 1e9).toFixed(1)} GFLOP/s of fused multiply-add a core; training in images/s

${table}

Share of peak: by the definition's operations; Winograd's method needs up to 4 times fewer in 3×3.`,
  };
}
