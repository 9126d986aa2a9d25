/**
 * The command line of `deno task bench`.
 *
 * @module
 */
import { DataError } from "../../data/types.ts";
import { DeviceError } from "../../engine/engine.ts";
import { runBenchmark } from "../benchmark.ts";
import { reasonOf, UsageError } from "../command_line/errors.ts";
import { EXIT } from "../command_line/exit_codes.ts";
import { HELP, parseOptions } from "../run/options.ts";
import { realSurroundings, type Surroundings } from "../run/surroundings.ts";

/** Runs the benchmark that `args` ask for and returns the exit code. */
export async function main(
  args: readonly string[],
  surroundings: Surroundings = realSurroundings(),
): Promise<number> {
  try {
    const options = parseOptions(args);
    if (options === "help") {
      surroundings.out.write(HELP);
      return EXIT.ok;
    }
    return (await runBenchmark(options, surroundings)).exitCode;
  } catch (error) {
    if (error instanceof UsageError || error instanceof DataError || error instanceof DeviceError) {
      surroundings.err.write(`error: ${reasonOf(error)}\n`);
      return EXIT.usage;
    }
    const stack = error instanceof Error ? error.stack : undefined;
    surroundings.err.write(`Internal error: ${stack ?? reasonOf(error)}\n`);
    return EXIT.failed;
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
