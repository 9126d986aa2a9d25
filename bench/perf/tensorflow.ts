/**
 * Speed of TensorFlow.js on its native backend, beside the CPU engine's in the same run.
 *
 * @module
 */
import { markdownTable } from "../report/markdown_table.ts";
import type { Engine } from "../../engine/engine.ts";
import { createTensorflowEngine } from "../../engine/tensorflow/mod.ts";
import { createWasmEngine } from "../../engine/wasm/mod.ts";
import type { Iteration } from "../../models/iteration.ts";
import { formatCount } from "../command_line/format.ts";
import { drawPerfData, type PerfOptions, type PerfReport, trainingSpeed } from "./training_speed.ts";

/** One iteration's figures, images per second. */
interface Speed {
  readonly iteration: number;
  /** A trial on each worker, all together. */
  readonly allWorkers: number;
  /** One trial that all cores share. */
  readonly shared: number;
  /** The CPU engine with a trial on each worker. */
  readonly wasm: number;
}

/** Measures each iteration with a trial on each worker, with one trial on all cores, and with the CPU engine. */
export async function measureTensorflow(
  iterations: readonly Iteration[],
  options: PerfOptions,
): Promise<PerfReport> {
  const data = drawPerfData(), speeds: Speed[] = [];
  let workers = options.workers ?? 0, device = "";
  const measure = async (iteration: Iteration, start: () => Promise<Engine>) => {
    const engine = await start();
    try {
      ({ workers } = engine.device);
      if (engine.name === "tensorflow") device = engine.device.description;
      return await trainingSpeed(engine, iteration, { data, trials: workers });
    } finally {
      engine.close();
    }
  };
  for (const iteration of iterations) {
    options.onProgress(`iteration ${iteration.id} …`);
    const shared = await measure(iteration, () => createTensorflowEngine({ workers: 1 }));
    const allWorkers = await measure(iteration, () => createTensorflowEngine({ workers: options.workers }));
    const count = workers;
    const wasm = await measure(iteration, () => createWasmEngine({ workers: count }));
    speeds.push({ iteration: iteration.id, allWorkers, shared, wasm });
  }
  const round = (value: number) => formatCount(Math.round(value));
  const table = markdownTable([
    ["Iteration", "1 worker, 1 trial", `${workers} workers, ${workers} trials`, "wasm", "wasm faster by"],
    ...speeds.map((s) => [
      String(s.iteration),
      round(s.shared),
      round(s.allWorkers),
      round(s.wasm),
      `${(s.wasm / Math.max(s.shared, s.allWorkers)).toFixed(1)}×`,
    ]),
  ], { align: ["r", "r", "r", "r", "r"] });
  return {
    json: { engine: "tensorflow", device, workers, speeds },
    text: `${device}; training in images/s

${table}

One worker has all cores; of several, each has its share. wasm: ${workers} workers, ${workers} trials.`,
  };
}
