/**
 * How fast training is: `deno task perf`.
 *
 * Images per second of whole training (augmentation, forward, backward, update); loading, start and evaluation are
 * outside the clock. Each figure is the median of the epochs after the first, on synthetic images that are the same
 * everywhere. Speed of one run on one machine: compare only what was measured side by side.
 *
 * @module
 */
import type { Iteration } from "../../models/iteration.ts";
import { allocatedProcessors } from "../command_line/allocation.ts";
import { type Command, runCommand } from "../command_line/command.ts";
import { asUsageError, UsageError } from "../command_line/errors.ts";
import { EXIT } from "../command_line/exit_codes.ts";
import { RUNS } from "../command_line/needs.ts";
import type { CommandLine } from "../command_line/flags.ts";
import { iterationFolders, readIterationNames } from "../command_line/iteration_names.ts";
import type { Streams } from "../command_line/output.ts";
import { isProgram } from "../command_line/programs.ts";
import { readChoice, readWholeNumber, workerLimits } from "../command_line/values.ts";
import { DEFAULT_PYTHON, missingPython } from "../perf/python.ts";
import type { PerfOptions, PerfReport } from "../perf/training_speed.ts";

type Measurement = (iterations: readonly Iteration[], options: PerfOptions) => Promise<PerfReport>;

/** One measurement for each engine; only the one that is asked for is loaded. */
const MEASUREMENTS: Readonly<Record<string, Measurement>> = {
  webgpu: async (...given) => (await import("../perf/webgpu.ts")).measureWebgpu(...given),
  wasm: async (...given) => (await import("../perf/wasm.ts")).measureWasm(...given),
  tensorflow: async (...given) => (await import("../perf/tensorflow.ts")).measureTensorflow(...given),
};

/** Most trials at once. */
const MOST_TRIALS = 1024;
const ROUND_LIMITS = { least: 1, most: 1000 };
const DEFAULT_ROUNDS = 3;

const HELP = `Measures images per second of whole training, for each iteration.

Usage: deno task perf [flags]

  --engine NAME       ${Object.keys(MEASUREMENTS).join(", ").padEnd(41)}(default: wasm)
  --iterations LIST   which iterations, such as 1,5 or 1-3     (default: 1, 3, 4, 5; 2 trains as 1 does)
  --workers N         workers that train side by side, or draw for the GPU     (default: one per core)
  --trials LIST       with webgpu, how many trials at once     (default: 1,5,25,100; on a software adapter 1;
                                                               with --against-pytorch 1,25)
  --count             with webgpu, count what a step costs and predict its speed for so many trials; needs no GPU
  --profile           where a step's time goes: with wasm operations, passes and kernels on one worker, or, with
                      --workers N, how long those that share a trial wait for each other at which meeting;
                      with webgpu the device's dispatches (--trials default: 5,25)
  --against-pytorch [PYTHON]
                      with wasm or webgpu, train in PyTorch too, in turns, and show the ratio; PYTHON
                      is one that has torch                    (default: python3)
  --rounds N          with --against-pytorch, how many turns   (default: 3)
  --shards            measure what sharing a run costs: a shard's overhead, merging 100 to 10,000 made-up trials
  --json              one JSON document instead of a table
  --help              this text

Exit codes: 0 measured, 2 usage or input error.
`;

const SYNTAX = {
  flags: {
    engine: "text",
    iterations: "iterations",
    workers: "text",
    trials: "text",
    count: "switch",
    profile: "switch",
    "against-pytorch": "program",
    rounds: "text",
    shards: "switch",
    json: "switch",
  },
} as const;
type Line = CommandLine<typeof SYNTAX>;

export const command: Command<typeof SYNTAX> = {
  help: HELP,
  syntax: SYNTAX,
  needs: (line) => ({
    read: [...iterationFolders(line.flags.get("iterations")), ...(line.flags.has("shards") ? [RUNS] : [])],
    sys: ["cpus"],
    trains: true,
    startsDeno: line.flags.has("shards") || readOptions(line).engine === "tensorflow",
    ...(line.flags.has("shards") ? { write: [RUNS] } : {}),
    programs: pythonOf(line),
  }),
};

/** What is measured, other than the speed of an engine; each asks for certain engines. */
const MODES: Readonly<Record<string, readonly string[]>> = {
  count: ["webgpu"],
  profile: ["wasm", "webgpu"],
  shards: ["wasm"],
  "against-pytorch": ["wasm", "webgpu"],
};

function readOptions({ flags }: Line) {
  const engine = readChoice("--engine", flags.get("engine"), Object.keys(MEASUREMENTS)) ?? "wasm";
  const modes = Object.keys(MODES).filter((mode) => flags.has(mode as keyof typeof SYNTAX.flags));
  if (modes.length > 1) {
    throw new UsageError(
      `Cannot use --${modes[0]}: expected no --${modes[1]} with it, got both; leave one out`,
    );
  }
  const [mode] = modes, shares = mode === "shards";
  if (shares && flags.has("iterations")) {
    throw new UsageError("Cannot use --iterations: expected it without --shards, got both; leave one out");
  }
  if (mode !== undefined && !MODES[mode].includes(engine)) {
    const wanted = MODES[mode].join(" or ");
    throw new UsageError(`Cannot use --${mode}: expected --engine ${wanted} with it, got "${engine}"`);
  }
  const isOfDeviceAlone = mode === "count" || (mode === "profile" && engine === "webgpu");
  if (isOfDeviceAlone && flags.has("workers")) {
    throw new UsageError(
      `Cannot use --${mode}: expected no --workers with --engine webgpu, got one; it ${
        mode === "count" ? "counts" : "times"
      } what the device does`,
    );
  }
  const python = flags.get("against-pytorch");
  if (python === undefined && flags.has("rounds")) {
    throw new UsageError("Cannot use --rounds: expected --against-pytorch with it, got none");
  }
  const rounds = readWholeNumber("--rounds", flags.get("rounds"), ROUND_LIMITS) ?? DEFAULT_ROUNDS;
  return {
    engine,
    iterations: readIterationNames(flags.get("iterations") ?? (shares ? "5" : "1,3-5")),
    workers: readWholeNumber("--workers", flags.get("workers"), workerLimits()) ??
      (mode === "profile" ? 1 : allocatedProcessors()),
    trials: readTrials(flags.get("trials"), engine),
    python: python === "" ? DEFAULT_PYTHON : python,
    measure: mode === "count"
      ? countSteps
      : mode === "profile"
      ? PROFILES[engine]
      : shares
      ? measureSharing
      : python !== undefined
      ? contest(engine, python || DEFAULT_PYTHON, rounds)
      : MEASUREMENTS[engine],
    json: flags.has("json"),
  };
}

/** The Python that is asked for, which must be there. */
function pythonOf(line: Line): string[] {
  const { python } = readOptions(line);
  if (python === undefined) return [];
  if (!isProgram(python)) throw missingPython(python);
  return [python];
}

function contest(engine: string, python: string, rounds: number): Measurement {
  return async (iterations, options) => {
    const { measureAgainstPytorch } = await import("../perf/against_pytorch.ts");
    return measureAgainstPytorch(engine as "wasm" | "webgpu", iterations, { ...options, python, rounds });
  };
}

async function countSteps(iterations: readonly Iteration[], { trials }: PerfOptions): Promise<PerfReport> {
  const { countWebgpu } = await import("../perf/webgpu_cost.ts");
  return countWebgpu(iterations, trials);
}

/** What `--profile` does with the engines that have one. */
const PROFILES: Readonly<Record<string, Measurement>> = {
  wasm: async (iterations, { workers = 1, onProgress }) =>
    workers > 1
      ? (await import("../perf/wasm_meetings.ts")).profileMeetings(iterations, { workers, onProgress })
      : (await import("../perf/wasm_profile.ts")).profileWasm(iterations, { onProgress }),
  webgpu: async (...given) => (await import("../perf/webgpu_profile.ts")).profileWebgpu(...given),
};

async function measureSharing(
  iterations: readonly Iteration[],
  options: PerfOptions,
): Promise<PerfReport> {
  const { measureShards } = await import("../perf/shards.ts");
  return await measureShards(iterations, options);
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
export function main(args: readonly string[], streams?: Streams): Promise<number> {
  return runCommand(command, args, { streams, work: perf });
}

async function perf(line: Line, { out, err }: Streams): Promise<number> {
  const options = readOptions(line);
  const { loadNamedIterations } = await import("../../models/catalog.ts");
  const iterations = await asUsageError(() => loadNamedIterations(options.iterations));
  const report = await asUsageError(() =>
    options.measure(iterations, {
      workers: options.workers,
      trials: options.trials,
      onProgress: (text) => err.write(`${text}\n`),
    })
  );
  out.write(`${options.json ? JSON.stringify(report.json, null, 2) : report.text}\n`);
  return EXIT.ok;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
