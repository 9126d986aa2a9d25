/**
 * Trains the same seed on two engines and says, step by step, how far they are apart: `deno task crosscheck`.
 *
 * The tool for whoever writes a new kernel. A wrong one shows in the first step; a wrong update in the second.
 *
 * @module
 */
import { TENSORFLOW_BACKENDS } from "../../engine/tensorflow/messages.ts";
import type { StepDifference } from "../crosscheck/compare.ts";
import { NETWORKS } from "../crosscheck/networks.ts";
import type { SteppedEngine } from "../crosscheck/process.ts";
import { TRAINING_IMAGES } from "../crosscheck/images.ts";
import { type Command, runCommand } from "../command_line/command.ts";
import { asUsageError, reasonOf, UsageError } from "../command_line/errors.ts";
import { EXIT } from "../command_line/exit_codes.ts";
import type { CommandLine } from "../command_line/flags.ts";
import { iterationFolders, readIterationNames } from "../command_line/iteration_names.ts";
import type { Streams } from "../command_line/output.ts";
import { readChoice, readWholeNumber, SEED_LIMITS } from "../command_line/values.ts";

const DEFAULTS = { engines: "wasm,tensorflow", iterations: "1,3-5", steps: 5, seed: 0 } as const;

const HELP =
  `Trains the same seed on two engines and compares losses, gradients and running statistics in each step.

Usage: deno task crosscheck [flags]

  --engines A,B       two of ${Object.keys(NETWORKS).join(", ").padEnd(37)}(default: ${DEFAULTS.engines})
  --iterations LIST   numbers, ranges or files, such as 1,5 or ./my_net.ts
                                                                      (default: ${DEFAULTS.iterations}; 2 trains as 1 does)
  --steps N           how many steps                                  (default: ${DEFAULTS.steps})
  --batch N           images in each                                  (default: each iteration's own)
  --seed N            whose weights, order, augmentation and dropout  (default: ${DEFAULTS.seed})
  --tf-backend NAME   of tensorflow: ${TENSORFLOW_BACKENDS.join(", ").padEnd(33)}(default: the best native)
  --plot FILE         draw the loss curves as SVG, too
  --help              this text

Examples:
  deno task crosscheck                                               wasm beside native TensorFlow
  deno task crosscheck --tf-backend cpu --batch 8 --steps 3          where no native TensorFlow is set up
  deno task crosscheck --engines wasm,webgpu                         the CPU engine beside the GPU engine
  deno task crosscheck --engines wasm,wasm                           an engine beside itself: no difference

head: linear layers with no kink (ReLU, max-pool, …) behind them; body: all others, whose gradients a kink may change.
The images are drawn by the project. Each engine runs in a process of its own.
Exit codes: 0 within tolerance, 1 beyond or an engine broke off, 2 usage or input error.
`;

const SYNTAX = {
  flags: {
    engines: "text",
    iterations: "iterations",
    steps: "text",
    batch: "text",
    seed: "text",
    "tf-backend": "text",
    plot: "path",
  },
} as const;
type Line = CommandLine<typeof SYNTAX>;

export const command: Command<typeof SYNTAX> = {
  help: HELP,
  syntax: SYNTAX,
  needs(line) {
    const { plot } = readOptions(line), written = plot === undefined ? [] : [plot, `${plot}.tmp`];
    // each engine has a process of its own, with the permissions that it needs
    return {
      read: [...iterationFolders(line.flags.get("iterations")), ...written],
      write: written,
      startsDeno: true,
      usesAllPackages: true,
    };
  },
};

/** Runs `deno task crosscheck` and returns the exit code. */
export function main(args: readonly string[], streams?: Streams): Promise<number> {
  return runCommand(command, args, { streams, work: crosscheck });
}

function readOptions({ flags }: Line) {
  const known = Object.keys(NETWORKS).join(", "), text = flags.get("engines") ?? DEFAULTS.engines;
  const engines = text.split(",").map((name) => name.trim());
  if (engines.length !== 2) {
    throw new UsageError(
      `Cannot use --engines: expected two of ${known}, such as "wasm,tensorflow", got "${text}"`,
    );
  }
  for (const engine of engines) {
    if (!Object.hasOwn(NETWORKS, engine)) {
      throw new UsageError(`Cannot use --engines: expected two of ${known}, got "${engine}"`);
    }
  }
  const tfBackend = readChoice("--tf-backend", flags.get("tf-backend"), TENSORFLOW_BACKENDS);
  if (tfBackend !== undefined && !engines.includes("tensorflow")) {
    throw new UsageError(
      `Cannot use --tf-backend: expected tensorflow among the engines, got "${text}"; leave it out`,
    );
  }
  return {
    engines: [engines[0], engines[1]] as const,
    iterations: readIterationNames(flags.get("iterations") ?? DEFAULTS.iterations),
    steps: readWholeNumber("--steps", flags.get("steps"), { least: 1, most: 1000 }) ?? DEFAULTS.steps,
    batch: readWholeNumber("--batch", flags.get("batch"), { least: 2, most: TRAINING_IMAGES }),
    seed: readWholeNumber("--seed", flags.get("seed"), SEED_LIMITS) ?? DEFAULTS.seed,
    tfBackend,
    plot: flags.get("plot"),
  };
}

async function crosscheck(line: Line, { out, err }: Streams): Promise<number> {
  const options = readOptions(line);
  const write = (text: string) => out.write(`${text}\n`);
  const { loadNamedIterations } = await import("../../models/catalog.ts");
  const { compareIteration } = await import("../crosscheck/compare_iteration.ts");
  const { svgPlot } = await import("../crosscheck/loss_plot.ts");
  const { SteppedEngine } = await import("../crosscheck/process.ts");
  const iterations = await asUsageError(() => loadNamedIterations(options.iterations));
  const started: SteppedEngine[] = [];
  try {
    for (const engine of options.engines) {
      started.push(await asUsageError(() => SteppedEngine.start(engine, { tfBackend: options.tfBackend })));
    }
    const [first, second] = started;
    started.forEach(({ device }, i) => write(`${options.engines[i]}${device ? `: ${device}` : ""}`));
    let failed = false;
    const runs: { title: string; steps: readonly StepDifference[] }[] = [];
    for (const iteration of iterations) {
      const { steps, text, isWithin } = await compareIteration(iteration, [first, second], options);
      write(`\n${text}`);
      failed ||= !isWithin;
      runs.push({ title: `Iteration ${iteration.id}`, steps });
    }
    if (options.plot !== undefined) await writePlot(options.plot, await svgPlot(runs, options.engines));
    write(`\n${failed ? "beyond tolerance" : "within tolerance"}: ${options.engines.join(" beside ")}`);
    return failed ? EXIT.failed : EXIT.ok;
  } catch (error) {
    if (error instanceof UsageError) throw error;
    // an engine that breaks off in the middle of a step is a finding, not a mistake on the command line
    err.write(`error: ${reasonOf(error)}\n`);
    return EXIT.failed;
  } finally {
    for (const engine of started) engine.close();
  }
}

async function writePlot(path: string, svg: string): Promise<void> {
  const { writeWhole } = await import("../run/whole_files.ts");
  try {
    writeWhole(path, svg);
  } catch (error) {
    throw new UsageError(
      `Cannot write "${path}": expected a place that can be written, got "${
        reasonOf(error)
      }"; name another file`,
      { cause: error },
    );
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
