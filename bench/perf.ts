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
import { loadIterations } from "../models/catalog.ts";
import type { Iteration } from "../models/types.ts";
import { asUsageError, reasonOf, UsageError } from "./errors.ts";
import { EXIT } from "./exit_codes.ts";
import { parseOptions } from "./options.ts";
import type { PerfOptions, PerfReport } from "./perf/training_speed.ts";
import { selectIterations } from "./plan.ts";

/** One measurement for each engine; only the one that is asked for is loaded. */
const MEASUREMENTS: Readonly<
  Record<string, (iterations: readonly Iteration[], options: PerfOptions) => Promise<PerfReport>>
> = {
  wasm: async (...given) => (await import("./perf/wasm.ts")).measureWasm(...given),
  tensorflow: async (...given) => (await import("./perf/tensorflow.ts")).measureTensorflow(...given),
};

const HELP = `Measures images per second of whole training, for each iteration.

Usage: deno task perf [flags]

  --engine NAME       ${Object.keys(MEASUREMENTS).join(", ").padEnd(41)}(default: wasm)
  --iterations LIST   which iterations, such as 1,5 or 1-3     (default: 1, 3, 4, 5; 2 trains as 1 does)
  --workers N         workers of the side-by-side figures      (default: one per core)
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
  // lists and counts are read as the bench command reads them
  const given = [
    "--iterations",
    values.iterations,
    ...(values.workers ? ["--workers", values.workers] : []),
  ];
  const options = parseOptions(given);
  if (options === "help") throw new UsageError("Cannot read the flags: see --help");
  return { ...options, measure: MEASUREMENTS[values.engine], json: values.json, help: values.help };
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
      options.measure(iterations, { workers: options.workers, onProgress: (line) => console.error(line) })
    );
    console.log(options.json ? JSON.stringify(report.json, null, 2) : report.text);
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`error: ${error.message}`);
    return EXIT.usage;
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
