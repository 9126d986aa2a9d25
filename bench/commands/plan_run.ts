/**
 * Writes down what is to be trained, for many machines to train parts of it: `deno task plan:run`.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { type Command, runCommand } from "../command_line/command.ts";
import { UsageError } from "../command_line/errors.ts";
import { EXIT } from "../command_line/exit_codes.ts";
import type { CommandLine } from "../command_line/flags.ts";
import { iterationFolders } from "../command_line/iteration_names.ts";
import { datasetNeeds, joinNeeds } from "../command_line/needs.ts";
import { readChoice, readWholeNumber } from "../command_line/values.ts";
import type { Surroundings } from "../run/surroundings.ts";
import { PLANNED_ENGINES } from "../run/options.ts";
import type { PlanRequest } from "../shards/plan_run.ts";
import { parseOptions } from "./bench.ts";

const HELP =
  `Writes a plan: every trial of a run, engine, data digests, recipes and commit, for many machines to share.

Usage: deno task plan:run [flags]

  --iterations LIST   which iterations: numbers, ranges, files           (default: all in models/iterations)
  --seeds LIST        which seeds, such as 0-99 or fresh:5               (default: 0-2, for a GPU 0-24)
  --trials N          seeds 0 to N-1, instead of --seeds
  --epochs N          stop after N epochs; schedules keep their length   (default: each iteration's own)
  --engine NAME       wasm (the same bits on every machine) or webgpu (the same on machines with one kind
                      of GPU)                                            (default: wasm)
  --data DIR          folder with the MNIST files    (default: $MNIST_DIR, data/cache/mnist, or download)
  --dataset NAME      as bench has them                                  (default: mnist)
  --validate          hold training images of some writers out, and never evaluate the test set
  --weights WHICH     keep trained weights: none, first (of the first seed) or all    (default: first)
  --quick             a part of the data, seed 0, 2 epochs: a trial of the tool, no result
  --shards N          say how evenly N parts share the work
  --out FILE          where to write the plan                            (default: plan.json)
  --help              this text

Examples:
  deno task plan:run --iterations 1-5 --seeds 0-99 --out plan.json
  deno task bench --plan plan.json --shard 3/8 --out shards/3     on one of eight machines
  deno task merge shards/* --plan plan.json                       where all shards are
  cluster/slurm/submit.sh mine 8 --iterations 1-5 --seeds 0-99    all of it, on SLURM; see cluster/README.md

The data is looked at, so that its digests are known: where it is missing it is downloaded, as bench does.

Exit codes: 0 planned, 2 usage or input error.
`;

const SYNTAX = {
  flags: {
    iterations: "iterations",
    seeds: "text",
    trials: "text",
    epochs: "text",
    engine: "text",
    data: "path",
    dataset: "pathOrName",
    validate: "switch",
    weights: "text",
    quick: "switch",
    shards: "text",
    out: "path",
  },
} as const;
type Line = CommandLine<typeof SYNTAX>;

const DEFAULT_OUT = "plan.json";

export const command: Command<typeof SYNTAX> = {
  help: HELP,
  syntax: SYNTAX,
  needs(line, place) {
    const { out, options } = readRequest(line), folder = dirname(out);
    return joinNeeds(
      {
        read: [out, `${out}.tmp`, ...iterationFolders(line.flags.get("iterations"))],
        // a folder that is there already holds more than this may write
        write: [out, `${out}.tmp`, ...(existsSync(folder) ? [] : [folder])],
        recordsCommit: true,
      },
      datasetNeeds(options, place),
    );
  },
};

/** Plans what `args` ask for and returns the exit code. */
export function main(args: readonly string[], surroundings?: Surroundings): Promise<number> {
  return runCommand(command, args, {
    streams: surroundings,
    async work(line, streams) {
      const request = readRequest(line);
      const { planRun } = await import("../shards/plan_run.ts");
      const { realSurroundings } = await import("../run/surroundings.ts");
      const text = await planRun(request, surroundings ?? { ...realSurroundings(), ...streams });
      streams.out.write(text);
      return EXIT.ok;
    },
  });
}

function readRequest({ flags }: Line): PlanRequest {
  const engine = readChoice("--engine", flags.get("engine"), PLANNED_ENGINES) ?? "wasm";
  // what bench would be asked for, read as bench reads it
  const shared = [...flags].filter(([flag]) => flag !== "out" && flag !== "shards" && flag !== "engine")
    .map(([flag, value]) => SYNTAX.flags[flag] === "switch" ? `--${flag}` : `--${flag}=${value}`);
  const options = parseOptions(shared);
  if (options === "help") throw new UsageError("Cannot plan: expected flags, got --help");
  return {
    options: { ...options, engine },
    out: flags.get("out") ?? DEFAULT_OUT,
    shards: readWholeNumber("--shards", flags.get("shards"), { least: 1, most: 100_000 }),
  };
}

if (import.meta.main) Deno.exit(await main(Deno.args));
