/**
 * How fast training is: `deno task perf`.
 *
 * Images per second of whole training (augmentation, forward, backward, update); loading, start and evaluation are
 * outside the clock. Each figure is the median of the epochs after the first, on synthetic images that are the same
 * everywhere. Speed of one run on one machine: compare only what was measured side by side.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { markdownTable } from "markdown-table";
import { drawDataset } from "../data/synthetic.ts";
import type { ImageSet } from "../engine/engine.ts";
import { createWasmEngine } from "../engine/wasm/mod.ts";
import { PEAK_FLOP, peakKernel } from "../engine/wasm/peak.ts";
import { loadIterations } from "../models/catalog.ts";
import type { Iteration } from "../models/types.ts";
import { trainingFlop } from "../models/work.ts";
import { asUsageError, reasonOf, UsageError } from "./errors.ts";
import { EXIT } from "./exit_codes.ts";
import { formatCount, formatPercent } from "./format.ts";
import { parseOptions } from "./options.ts";
import { selectIterations } from "./plan.ts";
import { median } from "./statistics/mod.ts";

/** Each epoch is this long, whole batches. */
const IMAGES = 60 * 128;
/** The first is warm-up: V8 is still compiling. */
const EPOCHS = 4;

const HELP = `Measures images per second of whole training, for each iteration.

Usage: deno task perf [flags]

  --iterations LIST   which iterations, such as 1,5 or 1-3     (default: 1, 3, 4, 5; 2 trains as 1 does)
  --workers N         workers of the side-by-side figures      (default: one per core)
  --json              one JSON document instead of a table
  --help              this text
`;

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

async function measure(
  iteration: Iteration,
  data: { train: ImageSet; test: ImageSet },
  { workers, trials }: { workers: number; trials: number },
): Promise<number> {
  const engine = await createWasmEngine({ workers });
  const speeds = Array.from({ length: trials }, (): number[] => []);
  try {
    await engine.train(
      Array.from({ length: trials }, (_, seed) => ({ iteration, seed, epochs: EPOCHS })),
      {
        ...data,
        onEvent: (event) => {
          if (event.kind === "epoch" && event.result.epoch > 1) {
            speeds[event.trial].push(data.train.labels.length / event.result.trainSeconds);
          }
          if (event.kind === "failed" || event.kind === "diverged") {
            throw new Error(`Cannot measure iteration ${iteration.id}: trial ${event.trial} ${event.kind}`);
          }
        },
      },
    );
  } finally {
    engine.close();
  }
  return speeds.reduce((sum, ofTrial) => sum + median(ofTrial)!, 0);
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

function readFlags(args: readonly string[]) {
  let values;
  try {
    values = parseArgs({
      args: [...args],
      options: {
        iterations: { type: "string", default: "1,3-5" },
        workers: { type: "string" },
        json: { type: "boolean" },
        help: { type: "boolean" },
      },
    }).values;
  } catch (error) {
    throw new UsageError(`Cannot read the flags: ${reasonOf(error)}; see --help`);
  }
  // lists and counts are read as the bench command reads them
  const given = [
    "--iterations",
    values.iterations!,
    ...(values.workers ? ["--workers", values.workers] : []),
  ];
  const options = parseOptions(given);
  if (options === "help") throw new UsageError("Cannot read the flags: see --help");
  return { ...options, json: values.json === true, help: values.help === true };
}

/** Runs `deno task perf` and returns the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  try {
    const options = readFlags(args);
    if (options.help) {
      console.log(HELP);
      return EXIT.ok;
    }
    const catalog = await asUsageError(() => loadIterations());
    const iterations = selectIterations(catalog, options.iterations);
    const workers = options.workers ?? navigator.hardwareConcurrency;
    const data = drawDataset({ trainCount: IMAGES, testCount: 8 });
    const peak = await measurePeak();
    const speeds: Speed[] = [];
    for (const iteration of iterations) {
      console.error(`iteration ${iteration.id} …`);
      const oneWorker = await measure(iteration, data, { workers: 1, trials: 1 });
      const allWorkers = await measure(iteration, data, { workers, trials: workers });
      const shared = await measure(iteration, data, { workers, trials: 1 });
      const shareOfPeak = allWorkers * trainingFlop(iteration.layers) / (peak * workers);
      speeds.push({ iteration: iteration.id, oneWorker, allWorkers, shared, shareOfPeak });
    }
    if (options.json) {
      console.log(JSON.stringify({ engine: "wasm", workers, peakFlopPerSecond: peak, speeds }, null, 2));
      return EXIT.ok;
    }
    const round = (value: number) => formatCount(Math.round(value));
    console.log(`${(peak / 1e9).toFixed(1)} GFLOP/s of fused multiply-add a core; training in images/s\n`);
    console.log(markdownTable([
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
    ], { align: ["r", "r", "r", "r", "r"] }));
    console.log(
      "\nShare of peak: by the definition's operations; Winograd's method needs 2.25 times fewer in 3×3.",
    );
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`error: ${error.message}`);
    return EXIT.usage;
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
