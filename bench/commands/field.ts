/**
 * Trains the public entries to the challenge again: `deno task field`.
 *
 * @module
 */
import { basename, dirname, join } from "node:path";
import type { Iteration } from "../../models/iteration.ts";
import type { BenchmarkResult } from "../benchmark.ts";
import { type Command, runCommand } from "../command_line/command.ts";
import { asUsageError, UsageError } from "../command_line/errors.ts";
import type { CommandLine } from "../command_line/flags.ts";
import { readIterationNames } from "../command_line/iteration_names.ts";
import { FIELD, RUNS } from "../command_line/needs.ts";
import type { Streams } from "../command_line/output.ts";
import { type BenchOptions, DEFAULT_OPTIONS, ENGINES, lengthSuffix } from "../run/options.ts";
import {
  readTrainingFlags,
  TRAINING_FLAGS,
  trainingNeeds,
  type TrainingOptions,
} from "../run/training_flags.ts";

const HELP = `Trains the public entries of models/field again and holds what was published against it.

Usage: deno task field [flags]

  --entries LIST      which entries: numbers and ranges, such as 101,110-115       (default: all)
  --seeds LIST        which seeds, such as 0-9 or fresh:5                 (default: 0-4)
  --epochs N          stop after N epochs; schedules keep their length
  --engine NAME       webgpu (a GPU), wasm (the CPU), tensorflow, or auto          (default: auto)
  --tf-backend NAME   with --engine tensorflow: node-gpu, node, webgpu or cpu
  --workers N         workers that train                                  (default: one per core)
  --data DIR          folder with the data set
  --dataset NAME      as for bench                                        (default: mnist)
  --validate          measure on held-out training images, never on the test set
  --out DIR           the field's folder, or one in it that has an engine's name, such as webgpu: each
                      engine's results go to that    (default: ${FIELD}; with --quick, --epochs,
                      --validate or other data one in ${RUNS})
  --quick             a part of the data, 2 epochs, seed 0: a trial of the tool, no result
  --help              this text

Entries whose source builds a schedule and never steps it are trained with it as well.
It trains one seed of every entry and then the next, for hours; run again, it continues what was
interrupted. Engines may share the work (--engine webgpu --entries 101-120, then --engine wasm
--entries 121-136): what is shown is all that the folder holds. An entry that two have trained is shown
as measured by the one with more trials. Afterwards \`deno task tables\` and \`deno task plots\` renew
what is published.

Exit codes: 0 done, 2 usage or input error, 130 interrupted.
`;

const SYNTAX = { flags: { ...TRAINING_FLAGS, entries: "text" } } as const;
type Line = CommandLine<typeof SYNTAX>;

const FIELD_SEEDS = [0, 1, 2, 3, 4];

export const command: Command<typeof SYNTAX> = {
  help: HELP,
  syntax: SYNTAX,
  needs(line, place) {
    const { training, out } = readOptions(line);
    return trainingNeeds(training, place, { out });
  },
};

interface FieldOptions {
  /** Absent for all. */
  readonly entries?: readonly number[];
  readonly training: TrainingOptions;
  readonly out: string;
}

/** What `field` takes from outside. */
export interface FieldSurroundings extends Streams {
  readonly loadEntries: () => Promise<readonly Iteration[]>;
  readonly bench: (options: Partial<BenchOptions>, entries: readonly Iteration[]) => Promise<BenchmarkResult>;
}

/** Trains the field that `args` ask for and returns the exit code. */
export function main(args: readonly string[], surroundings?: FieldSurroundings): Promise<number> {
  return runCommand(command, args, {
    streams: surroundings,
    work: async (line, streams) => field(readOptions(line), surroundings ?? await realSurroundings(streams)),
  });
}

function readOptions({ flags }: Line): FieldOptions {
  const training = readTrainingFlags(flags);
  const entries = readIterationNames(flags.get("entries"), "--entries")?.map((name) => {
    if (typeof name === "number") return name;
    throw new UsageError(
      `Cannot use --entries: expected numbers of models/field such as "101", got a file; use \`deno task bench\` for it`,
    );
  });
  const { dataset, validate, quick, epochs } = training;
  const isPublished = dataset === "mnist" && !validate && !quick && epochs === undefined;
  const name = `field${validate ? "-validate" : ""}${lengthSuffix({ quick, epochs })}`;
  const suffix = dataset === "mnist" ? "" : `-${dataset.replaceAll(/[^\w-]+/g, "_")}`;
  return {
    entries,
    training,
    out: fieldAround(training.out) ?? (isPublished ? FIELD : `${RUNS}/${name}${suffix}`),
  };
}

/** The field's folder, also of who names that of an engine in it. */
function fieldAround(out: string | undefined): string | undefined {
  const engines: readonly string[] = ENGINES;
  return out !== undefined && engines.includes(basename(out)) ? dirname(out) : out;
}

async function field(
  { entries: wanted, training, out: path }: FieldOptions,
  surroundings: FieldSurroundings,
): Promise<number> {
  const { findFieldRuns, readFieldRuns } = await import("../field/field_runs.ts");
  const { judgeField } = await import("../field/judge_field.ts");
  const { steppedVariants } = await import("../field/stepped.ts");
  const { fieldMarkdown, fieldText } = await import("../report/field.ts");
  const { replaceFile } = await import("../run/run_folder.ts");
  const { out } = surroundings;
  const all = await asUsageError(() => surroundings.loadEntries());
  const unknown = wanted?.find((id) => all.every((entry) => entry.id !== id));
  if (unknown !== undefined) {
    throw new UsageError(
      `Cannot use --entries: expected numbers from ${all[0]?.id} to ${all.at(-1)?.id}, got ${unknown}`,
    );
  }
  // what is wrong with what is there is said before hours of training
  findFieldRuns(path);
  const entries = all.filter(({ id }) => wanted === undefined || wanted.includes(id));
  const { exitCode } = await surroundings.bench({
    ...DEFAULT_OPTIONS,
    ...training,
    seeds: training.seeds ?? (training.quick ? undefined : FIELD_SEEDS),
    out: path,
    outByEngine: true,
    seedBySeed: true,
    assert: false,
    weights: "none",
  }, [...entries, ...steppedVariants(entries)]);
  const runs = readFieldRuns(path);
  if (runs.length === 0) return exitCode;
  const judged = judgeField(runs, all);
  replaceFile(path, "SUMMARY.md", fieldMarkdown(judged));
  out.write(`\n${fieldText(judged, { color: out.color, width: out.width })}`);
  out.write(`\nThe field: ${join(path, "SUMMARY.md")}\n`);
  return exitCode;
}

/** The real ones. */
async function realSurroundings(streams: Streams): Promise<FieldSurroundings> {
  const { FIELD_FOLDER, loadIterations } = await import("../../models/catalog.ts");
  return {
    ...streams,
    loadEntries: () => loadIterations(FIELD_FOLDER),
    async bench(options, entries) {
      const { runBenchmark } = await import("../benchmark.ts");
      return await runBenchmark({ ...options, iterations: entries.map(({ id }) => id) }, {
        loadNamedIterations: () => Promise.resolve(entries),
        // the tables of the training are beside what was asked for
        out: streams.err,
        err: streams.err,
      });
    },
  };
}

if (import.meta.main) Deno.exit(await main(Deno.args));
