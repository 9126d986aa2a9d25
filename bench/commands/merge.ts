/**
 * Checks the shards of a plan and puts them together: `deno task merge`.
 *
 * @module
 */
import { basename, dirname, join, resolve } from "node:path";
import { type Command, runCommand } from "../command_line/command.ts";
import { UsageError } from "../command_line/errors.ts";
import type { CommandLine } from "../command_line/flags.ts";
import { datasetNeeds, joinNeeds, RUNS } from "../command_line/needs.ts";
import { DEFAULT_OPTIONS } from "../run/options.ts";
import { plannedDataset } from "../run/plan_data.ts";
import type { Surroundings } from "../run/surroundings.ts";
import type { MergeRequest } from "../shards/merge.ts";

const HELP = `Checks the shards of a plan and puts them together, judges the whole and writes the results.

Usage: deno task merge FOLDER... --plan FILE [flags]

  FOLDER...     what \`deno task bench --plan FILE --shard I/N --out FOLDER\` wrote, such as shards/*
  --plan FILE   what \`deno task plan:run\` wrote: it says what the whole is
  --out DIR     folder for the results        (default: results/runs/<the plan's name>)
  --data DIR    folder with the images        (default: MNIST's in $MNIST_DIR, data/cache/mnist, or download)
  --assert      exit 1 where a criterion fails, too
  --json        one JSON document on standard output, everything else on standard error
  --help        this text

The results are those that one machine would have written, byte for byte, but for manifest.json and timing.csv,
which say which machine trained what. A trial that is there twice with the same digests counts once. What is
missing, double, foreign, torn, diverged, failed or of another GPU is named with its folder.

Examples:
  deno task merge shards/* --plan plan.json
  deno task merge shards/* more/rest --plan plan.json --out results/runs/whole

Exit codes: 0 whole, 1 incomplete (nothing is written; it says what to run), 2 unusable, or a usage error.
`;

const SYNTAX = {
  flags: { plan: "path", out: "path", data: "path", assert: "switch", json: "switch" },
  rest: "path",
} as const;
type Line = CommandLine<typeof SYNTAX>;

/** Folders that are named one by one: a list of thousands would be too long for one argument of a process. */
const MOST_NAMED = 100;

export const command: Command<typeof SYNTAX> = {
  help: HELP,
  syntax: SYNTAX,
  needs(line, place) {
    const { plan, folders, out, unfinished, data } = readRequest(line);
    const dataset = plannedDataset(plan) ?? DEFAULT_OPTIONS.dataset;
    const shards = folders.length <= MOST_NAMED ? folders : [...new Set(folders.map(dirname))];
    return joinNeeds(
      { read: [plan, out, unfinished, ...shards], write: [out, unfinished], sys: ["hostname"] },
      datasetNeeds({ dataset, data, validate: true }, place),
    );
  },
};

/** Merges what `args` name and returns the exit code. */
export function main(args: readonly string[], surroundings?: Surroundings): Promise<number> {
  return runCommand(command, args, {
    streams: surroundings,
    async work(line, streams) {
      const request = readRequest(line);
      const { mergeShards } = await import("../shards/merge.ts");
      const { realSurroundings } = await import("../run/surroundings.ts");
      const result = await mergeShards(request, surroundings ?? { ...realSurroundings(), ...streams });
      if (request.json) streams.out.write(`${JSON.stringify(result, null, 2)}\n`);
      return result.exitCode;
    },
  });
}

function readRequest({ flags, positionals }: Line): MergeRequest {
  const plan = flags.get("plan");
  if (plan === undefined) {
    throw new UsageError(
      "Cannot merge: expected --plan FILE, since shards alone cannot show that they are all, got none; see --help",
    );
  }
  if (positionals.length === 0) {
    throw new UsageError("Cannot merge: expected folders of shards, such as shards/*, got none; see --help");
  }
  const out = flags.get("out") ?? join(RUNS, basename(plan).replace(/\.json$/, ""));
  return {
    plan,
    folders: positionals,
    // a shell completes folders to "out/"
    out: join(dirname(out), basename(out)),
    unfinished: `${resolve(out)}.merging`,
    data: flags.get("data"),
    assert: flags.has("assert"),
    json: flags.has("json"),
  };
}

if (import.meta.main) Deno.exit(await main(Deno.args));
