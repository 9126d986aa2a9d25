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
import { DeviceError } from "../../engine/engine.ts";
import { loadIterations } from "../../models/catalog.ts";
import type { Iteration } from "../../models/types.ts";
import { asUsageError, reasonOf, UsageError } from "../command_line/errors.ts";
import { EXIT } from "../command_line/exit_codes.ts";
import { parseOptions } from "../run/options.ts";
import type { PerfOptions, PerfReport } from "../perf/training_speed.ts";
import { selectIterations } from "../run/plan.ts";

/** One measurement for each engine; only the one that is asked for is loaded. */
const MEASUREMENTS: Readonly<
  Record<string, (iterations: readonly Iteration[], options: PerfOptions) => Promise<PerfReport>>
> = {
  webgpu: async (...given) => (await import("../perf/webgpu.ts")).measureWebgpu(...given),
  wasm: async (...given) => (await import("../perf/wasm.ts")).measureWasm(...given),
  tensorflow: async (...given) => (await import("../perf/tensorflow.ts")).measureTensorflow(...given),
};

/** Most trials at once. */
const MOST_TRIALS = 1024;

const HELP = `Measures images per second of whole training, for each iteration.

Usage: deno task perf [flags]

  --engine NAME       ${Object.keys(MEASUREMENTS).join(", ").padEnd(41)}(default: wasm)
  --iterations LIST   which iterations, such as 1,5 or 1-3     (default: 1, 3, 4, 5; 2 trains as 1 does)
  --workers N         workers that train side by side, or draw for the GPU     (default: one per core)
  --trials LIST       with webgpu, how many trials at once     (default: 1,5,25,100; on a software adapter 1)
  --count             with webgpu, count what a step costs and predict its speed; needs no GPU
  --json              one JSON document instead of a table
  --help              this text
`;

function readFlags(args: readonly string[]) {
  let values;
  try {
    values = parseArgs({
      args: [...args],
      options: {
        engine: { type: "string", default: "wasm" },
        iterations: { type: "string", default: "1,3-5" },
        workers: { type: "string" },
        trials: { type: "string" },
        count: { type: "boolean" },
        json: { type: "boolean" },
        help: { type: "boolean" },
      },
    }).values;
  } catch (error) {
    throw new UsageError(`Cannot read the flags: ${reasonOf(error)}; see --help`);
  }
  if (!Object.hasOwn(MEASUREMENTS, values.engine)) {
    const known = Object.keys(MEASUREMENTS).join(", ");
    throw new UsageError(`Cannot use --engine: expected one of ${known}, got "${values.engine}"`);
  }
  if (values.count && values.engine !== "webgpu") {
    throw new UsageError(`Cannot use --count: expected --engine webgpu with it, got "${values.engine}"`);
  }
  // lists and counts are read as the bench command reads them
  const given = [
    "--iterations",
    values.iterations,
    ...(values.workers ? ["--workers", values.workers] : []),
  ];
  const options = parseOptions(given);
  if (options === "help") throw new UsageError("Cannot read the flags: see --help");
  return {
    ...options,
    trials: readTrials(values.trials, values.engine),
    measure: values.count ? countSteps : MEASUREMENTS[values.engine],
    json: values.json,
    help: values.help,
  };
}

async function countSteps(iterations: readonly Iteration[]): Promise<PerfReport> {
  const { countWebgpu } = await import("../perf/webgpu_cost.ts");
  return countWebgpu(iterations);
}

/** Numbers of trials at once. */
function readTrials(text: string | undefined, engine: string): number[] | undefined {
  if (text === undefined) return undefined;
  if (engine !== "webgpu") {
    throw new UsageError(`Cannot use --trials: expected --engine webgpu with it, got "${engine}"`);
  }
  return text.split(",").map((part) => {
    const count = /^\d+$/.test(part) ? Number(part) : 0;
    if (count < 1 || count > MOST_TRIALS) {
      throw new UsageError(
        `Cannot use --trials: expected numbers from 1 to ${MOST_TRIALS} such as "1,5,25", got "${part}"`,
      );
    }
    return count;
  });
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
    const report = await asUsageError(() =>
      options.measure(iterations, {
        workers: options.workers,
        trials: options.trials,
        onProgress: (line) => console.error(line),
      })
    );
    console.log(options.json ? JSON.stringify(report.json, null, 2) : report.text);
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof DeviceError)) throw error;
    console.error(`error: ${error.message}`);
    return EXIT.usage;
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
