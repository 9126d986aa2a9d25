/**
 * Searches a space of recipes on held-out images: `deno task search under_3000`.
 *
 * @module
 */
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Iteration } from "../../models/iteration.ts";
import { type Command, runCommand } from "../command_line/command.ts";
import { asUsageError, UsageError } from "../command_line/errors.ts";
import { EXIT } from "../command_line/exit_codes.ts";
import type { CommandLine } from "../command_line/flags.ts";
import { iterationFolders } from "../command_line/iteration_names.ts";
import { RUNS } from "../command_line/needs.ts";
import type { Output, Streams } from "../command_line/output.ts";
import { word } from "../command_line/quote.ts";
import type { BenchOptions } from "../run/options.ts";
import {
  readTrainingFlags,
  TRAINING_FLAGS,
  trainingNeeds,
  type TrainingOptions,
} from "../run/training_flags.ts";

const HELP = `Searches a declared space of recipes: all of them for a few epochs, the best of them for more.

Usage: deno task search SPACE [flags]

  SPACE               the name of a file in models/spaces, such as under_3000, or a file anywhere
                      (.ts, or .json with the same words)
  --list              only show candidates and planned work
  --engine NAME       webgpu (a GPU), wasm (the CPU), tensorflow, or auto          (default: auto)
  --tf-backend NAME   with --engine tensorflow: node-gpu, node, webgpu or cpu
  --workers N         workers that train                                  (default: one per core)
  --data DIR          folder with the data set
  --dataset NAME      as for bench                                        (default: mnist)
  --out DIR           folder for the results              (default: ${RUNS}/search-NAME)
  --quick             4 candidates, 2 seeds, 2 epochs, a part of the data: a trial of the tool, no result
  --json              one JSON document on standard output, everything else on standard error
  --help              this text

Accuracies are of training images by other writers, held out; the test set is never evaluated. A rung is
a run in a folder of its own, with the same seeds for every candidate and every schedule complete in the
rung's epochs; who has the best mean final accuracy goes on. Run again, it continues what was
interrupted. SUMMARY.md says what was tried and what it gave, tried.csv has every trial, and best.json is
the winner's network file.

Examples:
  deno task search under_3000 --list
  deno task search under_3000 --engine wasm --workers 16
  deno task bench --iterations ${RUNS}/search-under_3000/best.json --validate --seeds 100-109

Exit codes: 0 done, 2 usage or input error, 130 interrupted.
`;

const { seeds: _seeds, epochs: _epochs, validate: _validate, ...TRAINING } = TRAINING_FLAGS;
const SYNTAX = {
  flags: { ...TRAINING, list: "switch", json: "switch" },
  positionals: ["iterations"],
} as const;
type Line = CommandLine<typeof SYNTAX>;

export const command: Command<typeof SYNTAX> = {
  help: HELP,
  syntax: SYNTAX,
  needs(line, place) {
    const { space, training, list } = readOptions(line), read = iterationFolders(space);
    return list ? { read } : trainingNeeds(training, place, { out: training.out ?? RUNS, read });
  },
};

interface SearchCommandOptions {
  readonly space: string;
  readonly training: TrainingOptions;
  readonly list: boolean;
  readonly json: boolean;
}

/** What `search` takes from outside. */
export interface SearchSurroundings extends Streams {
  /** What the file of a space exports. */
  readonly loadSpace: (name: string) => Promise<{ readonly value: unknown; readonly file: string }>;
  readonly bench: (
    options: Partial<BenchOptions>,
    iterations: readonly Iteration[],
  ) => Promise<{ readonly exitCode: number }>;
}

/** Searches what `args` name and returns the exit code. */
export function main(args: readonly string[], surroundings?: SearchSurroundings): Promise<number> {
  return runCommand(command, args, {
    streams: surroundings,
    work: async (line, streams) => search(readOptions(line), surroundings ?? await realSurroundings(streams)),
  });
}

function readOptions({ flags, positionals: [space] }: Line): SearchCommandOptions {
  if (space === undefined) {
    throw new UsageError(
      `Cannot search: expected a space such as "under_3000" or "./my_space.ts", got none; name one, see --help`,
    );
  }
  // without seeds, epochs and validation, which the space decides
  const given: ReadonlyMap<string, string> = flags;
  return {
    space,
    training: { ...readTrainingFlags(given), validate: true },
    list: flags.has("list"),
    json: flags.has("json"),
  };
}

async function search(
  { space, training, list, json }: SearchCommandOptions,
  surroundings: SearchSurroundings,
): Promise<number> {
  const { claimFolder, planSearch, searchFolder } = await import("../search/plan.ts");
  const { rungTitle, runSearch } = await import("../search/search.ts");
  const report = await import("../report/search.ts");
  const { TRIED } = await import("../search/tried_file.ts");
  const { replaceFile } = await import("../run/run_folder.ts");
  const { out, err } = surroundings;
  const plan = await asUsageError(async () => {
    const { value, file } = await surroundings.loadSpace(space);
    return planSearch(value, file, training);
  });
  const shown = json ? err : out;
  if (list) {
    shown.write(report.planText(plan, { color: shown.color, width: shown.width }));
    if (json) out.write(report.searchJson(plan, [], { folder: "", outcome: "listed" }));
    return EXIT.ok;
  }
  const folder = training.out ?? searchFolder(plan), best = join(folder, report.BEST);
  claimFolder(folder, plan);
  err.write(report.greeting(plan, folder));
  const { rungs, outcome, trained } = await runSearch(plan, {
    folder,
    training,
    bench: surroundings.bench,
    onRung: (number, rung) => err.write(`\n${rungTitle(number, plan.rungs.length, rung)}\n`),
    onFinished(finished) {
      replaceFile(folder, report.SEARCH_SUMMARY, report.searchMarkdown(plan, finished));
      replaceFile(folder, TRIED, report.triedCsv(finished));
      if (report.isOver(plan, finished)) {
        replaceFile(folder, report.BEST, report.bestJson(plan, finished));
      }
    },
  });
  if (rungs.length > 0) {
    const next = `deno task bench --iterations ${word(best)} --validate --seeds 100-109`;
    shown.write(`\n${report.searchText(plan, rungs, { color: shown.color, width: shown.width, next })}`);
  }
  if (outcome === "interrupted") {
    shown.write(
      `\nInterrupted: finished trials are kept in ${folder}.\nRun the same command again to continue.\n`,
    );
  } else {
    if (!trained) shown.write(`\nThe search is done: every trial was there already.\n`);
    shown.write(`\nResults: ${join(folder, report.SEARCH_SUMMARY)}\n`);
  }
  if (json) out.write(report.searchJson(plan, rungs, { folder, outcome }));
  return outcome === "interrupted" ? EXIT.interrupted : EXIT.ok;
}

/** Tables of a rung's run, which `SUMMARY.md` of its folder has: the search shows its own. */
function silent(like: Output): Output {
  return { ...like, write: () => {}, size: () => like.size(), isTerminal: false };
}

/** The real ones. */
async function realSurroundings(streams: Streams): Promise<SearchSurroundings> {
  const { loadValue } = await import("../../models/catalog.ts");
  const { listSpaces, SPACES_FOLDER } = await import("../../models/search/spaces.ts");
  return {
    ...streams,
    async loadSpace(name) {
      const isFile = iterationFolders(name).length > 0;
      if (!isFile) {
        const known = await listSpaces();
        if (!known.includes(name)) {
          throw new UsageError(
            `Cannot use the space: expected one of ${
              known.map((each) => `"${each}"`).join(", ")
            } or the path of a file, got "${name}"`,
          );
        }
      }
      const url = isFile ? pathToFileURL(resolve(name)) : new URL(`${name}.ts`, SPACES_FOLDER);
      return { value: (await loadValue(url, "a Space")).value, file: isFile ? name : `${name}.ts` };
    },
    async bench(options, iterations) {
      const { runBenchmark } = await import("../benchmark.ts");
      return await runBenchmark({ ...options, iterations: iterations.map(({ id }) => id) }, {
        out: silent(streams.out),
        err: streams.err,
        loadNamedIterations: () => Promise.resolve(iterations),
      });
    },
  };
}

if (import.meta.main) Deno.exit(await main(Deno.args));
