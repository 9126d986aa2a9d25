/**
 * Makes an entry of `results/records`, or checks those that are there: `deno task record`.
 *
 * @module
 */
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { IterationName } from "../../models/catalog.ts";
import type { Iteration } from "../../models/iteration.ts";
import type { BenchmarkResult } from "../benchmark.ts";
import { type Command, runCommand } from "../command_line/command.ts";
import { asUsageError, reasonOf, UsageError } from "../command_line/errors.ts";
import { EXIT } from "../command_line/exit_codes.ts";
import type { CommandLine } from "../command_line/flags.ts";
import { formatCount, formatP, formatPercent } from "../command_line/format.ts";
import { iterationFolders, readIterationName, readIterationNames } from "../command_line/iteration_names.ts";
import { datasetNeeds, joinNeeds, RECORDS } from "../command_line/needs.ts";
import type { Streams } from "../command_line/output.ts";
import { quote } from "../command_line/quote.ts";
import { EPOCH_LIMITS, readWholeNumber, workerLimits } from "../command_line/values.ts";
import type { VerifyOptions } from "../judge/verify_row.ts";
import { SIZE_CLASSES, type Standing } from "../records/marks.ts";
import type { FreshSeeds } from "../run/fresh_seeds.ts";
import { type BenchOptions, DEFAULT_OPTIONS } from "../run/options.ts";
import { MOST_SEEDS } from "../run/training_flags.ts";

const PROJECT = new URL("../../", import.meta.url);
const DEFAULT_SEEDS = 10, DEFAULT_EPOCHS = 1;

/** The floors and marks, as the help shows them. */
function ladder(): string {
  const line = (cells: readonly string[]) => `  ${cells.map((cell) => cell.padStart(22)).join("")}`.trimEnd();
  return [
    line(["parameters, fewer than", "floor [%]", "mark [%]"]),
    ...SIZE_CLASSES.map(({ parametersBelow, floor, mark }) =>
      line([formatCount(parametersBelow), formatPercent(floor), formatPercent(mark)])
    ),
  ].join("\n");
}

const HELP = `Makes an entry of ${RECORDS}, or checks those that are there.

Usage: deno task record NAME --iteration FILE [flags]
       deno task record --check [NAME] [flags]

  NAME               the entry's folder in ${RECORDS}
  --iteration FILE   the network with its recipe, a number (8) or a file of this project; commit it and
                     all else outside results/ first
  --seeds N          so many seeds, which the commit's hash gives               (default: ${DEFAULT_SEEDS})
  --check            check every entry, or the one that is named: its files and digests, seeds that
                     nobody picked, no look at the test set before the end, a mean above the
                     floor of its size (p < 0.01), and train a part again that the commit's
                     hash chooses
  --epochs N         with --check: train the first N epochs of that trial again  (default: ${DEFAULT_EPOCHS})
  --data DIR         folder with the MNIST files
  --workers N        workers that train                                  (default: one per core)
  --help             this text

An entry is made with the CPU engine, whose bits come out again everywhere, seed by seed; run again, it
continues. Its test figures before the last epoch are neither shown nor kept.

Networks are held against others of their size. A mean is above the floor (p < 0.01) or it is no
record; the mark is what is hoped for:

${ladder()}

Exit codes: 0 made, or all are in order; 2 something is not, or a usage or input error; 130 interrupted.
`;

const SYNTAX = {
  flags: {
    iteration: "iterations",
    seeds: "text",
    check: "switch",
    epochs: "text",
    data: "path",
    workers: "text",
  },
  positionals: ["text"],
} as const;
type Line = CommandLine<typeof SYNTAX>;

export const command: Command<typeof SYNTAX> = {
  help: HELP,
  syntax: SYNTAX,
  needs(line, place) {
    const { check, data } = readOptions(line);
    return joinNeeds(
      {
        read: [RECORDS, ...iterationFolders(line.flags.get("iteration"))],
        write: check ? [] : [RECORDS],
        sys: ["cpus", "hostname", "osRelease"],
        trains: true,
        recordsCommit: true,
        committed: check ? [] : recipePlaces(line.flags.get("iteration")),
      },
      datasetNeeds({ dataset: "mnist", data, validate: false }, place),
    );
  },
};

interface RecordOptions {
  readonly name?: string;
  readonly check: boolean;
  readonly iteration?: string;
  readonly seeds: number;
  readonly epochs: number;
  readonly data?: string;
  readonly workers?: number;
}

/** What `record` takes from outside. */
export interface RecordSurroundings extends Streams {
  /** The project's folder. */
  readonly root: string;
  readonly loadIteration: (name: IterationName) => Promise<Iteration>;
  readonly bench: (options: Partial<BenchOptions>, iteration: Iteration) => Promise<BenchmarkResult>;
  /** The commit that is checked out; undefined where there is none. */
  readonly commit: () => string | undefined;
  /** Files among those that the recipe may come from which git ignores. */
  readonly ignored: (places: readonly string[]) => readonly string[];
  /** Trains a row again; what is different, or undefined. */
  readonly retrain: (options: VerifyOptions) => Promise<string | undefined | "interrupted">;
}

/** Makes or checks what `args` name and returns the exit code. */
export function main(args: readonly string[], surroundings?: RecordSurroundings): Promise<number> {
  return runCommand(command, args, {
    streams: surroundings,
    async work(line, streams) {
      const options = readOptions(line), given = surroundings ?? await realSurroundings(streams);
      return options.check ? await checkAll(options, given) : await make(options, given);
    },
  });
}

function readOptions({ flags, positionals: [name] }: Line): RecordOptions {
  const check = flags.has("check"), refuse = (text: string) => new UsageError(`Cannot use ${text}`);
  if (name !== undefined && !/^[a-z0-9][a-z0-9_-]{0,63}$/.test(name)) {
    throw refuse(`the name: expected lower-case letters, digits, "-" and "_", got "${name}"; choose another`);
  }
  for (const flag of ["iteration", "seeds"] as const) {
    if (check && flags.has(flag)) {
      throw refuse(`--${flag}: expected no --check with it, got both; leave one out`);
    }
  }
  if (!check && flags.has("epochs")) {
    throw refuse("--epochs: expected --check with it, got none: an entry is trained whole; leave it out");
  }
  if (!check && (name === undefined || !flags.has("iteration"))) {
    throw refuse(
      `the command line: expected a name and --iteration, or --check, got ${
        name === undefined ? "no name" : "no --iteration"
      }; see --help`,
    );
  }
  return {
    name,
    check,
    iteration: flags.get("iteration"),
    seeds: readWholeNumber("--seeds", flags.get("seeds"), { least: 1, most: MOST_SEEDS }) ?? DEFAULT_SEEDS,
    epochs: readWholeNumber("--epochs", flags.get("epochs"), EPOCH_LIMITS) ?? DEFAULT_EPOCHS,
    data: flags.get("data"),
    workers: readWholeNumber("--workers", flags.get("workers"), workerLimits()),
  };
}

async function make(options: RecordOptions, surroundings: RecordSurroundings): Promise<number> {
  const { checkRecord, ENTRY } = await import("../records/check_record.ts");
  const { lintIteration } = await import("../judge/lint.ts");
  const { replaceFile } = await import("../run/run_folder.ts");
  const { out, root } = surroundings, { seeds, data, workers } = options;
  const name = readIterationName(options.iteration!, "--iteration");
  checkCommitted(name, surroundings.ignored(recipePlaces(options.iteration)));
  const iteration = await asUsageError(() => surroundings.loadIteration(name));
  const warning = lintIteration(iteration).find(({ level }) => level === "warning");
  if (warning !== undefined) {
    throw new UsageError(
      `Cannot make a record of iteration ${iteration.id}: expected nothing that takes it out of the challenge, got: ${warning.message}; see \`deno task lint\``,
    );
  }
  const path = join(root, RECORDS, options.name!), begun = await begunSeeds(path);
  const { outcome } = await surroundings.bench({
    ...DEFAULT_OPTIONS,
    seeds: [],
    freshSeeds: Math.max(seeds, begun?.seeds.length ?? 0),
    freshFrom: begun?.commit,
    engine: "wasm",
    data,
    workers,
    out: path,
    assert: false,
    weights: "first",
    testAtEnd: true,
  }, iteration);
  if (outcome === "interrupted") return EXIT.interrupted;
  replaceFile(path, ENTRY, JSON.stringify(iteration, null, 2) + "\n");
  const checked = checkRecord(path);
  if (typeof checked === "string") {
    out.write(`\n${path} is no record yet: ${checked}\n`);
    return EXIT.ok;
  }
  out.write(
    `\n${path} is a record: ${
      standingText(checked.standing)
    }. Run \`deno task tables\`, commit the folder, and open a pull request.\n`,
  );
  return EXIT.ok;
}

/** With which seeds an entry was begun: another commit since then changes none of them. */
async function begunSeeds(path: string): Promise<FreshSeeds | undefined> {
  const { parseManifest } = await import("../run/manifest.ts");
  const { MANIFEST } = await import("../run/run_record.ts");
  const { readIfThere } = await import("../run/whole_files.ts");
  const file = join(path, MANIFEST), text = readIfThere(file);
  return text === undefined ? undefined : parseManifest(text, file).freshSeeds?.[0];
}

/** Where a recipe comes from: the project's iterations, which it may import, and the file that is named. */
function recipePlaces(iteration: string | undefined): string[] {
  const named = iteration === undefined ? [] : readIterationNames(iteration, "--iteration");
  const files = named.flatMap((name) => typeof name === "number" ? [] : [fileURLToPath(name)]);
  return [fileURLToPath(new URL("models/", PROJECT)), ...files];
}

/**
 * A commit gives seeds to what it holds.
 *
 * @throws {UsageError} If git ignores one of the files, so that nobody would see it change, or the file that is named
 * lies among results, which git need not have, or outside the project.
 */
function checkCommitted(name: IterationName, ignored: readonly string[]): void {
  if (ignored.length > 0) {
    throw new UsageError(
      `Cannot use --iteration: expected files that the commit holds, got ${
        quote(ignored[0])
      }, which git ignores; commit it in models/iterations, or move it out of the project`,
    );
  }
  if (typeof name === "number") return;
  const isInside = name.href.startsWith(PROJECT.href) &&
    !name.href.startsWith(new URL("results/", PROJECT).href);
  if (isInside) return;
  throw new UsageError(
    `Cannot use --iteration: expected a file of this project that its commit holds, got "${
      fileURLToPath(name)
    }"; copy it to models/iterations and commit it`,
  );
}

async function checkAll(options: RecordOptions, surroundings: RecordSurroundings): Promise<number> {
  const { checkRecord, chosenPart } = await import("../records/check_record.ts");
  const { findRecords } = await import("../run/find_records.ts");
  const { out, root, commit, retrain } = surroundings, { data, workers } = options;
  const folders = findRecords(join(root, RECORDS)).filter((path) =>
    options.name === undefined || basename(path) === options.name
  );
  if (options.name !== undefined && folders.length === 0) {
    throw new UsageError(`Cannot check "${options.name}": expected it in "${RECORDS}", got no such folder`);
  }
  let failed = false;
  const refuse = (path: string, problem: string) => {
    failed = true;
    out.write(`${path}: ${problem}\n`);
  };
  for (const path of folders) {
    let checked: ReturnType<typeof checkRecord>;
    try {
      checked = checkRecord(path);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      refuse(path, reasonOf(error));
      continue;
    }
    if (typeof checked === "string") {
      refuse(path, checked);
      continue;
    }
    const part = chosenPart(checked, commit() ?? "no commit", options.epochs);
    const different = await retrain({ ...part, against: path, data, workers, json: false });
    if (different === "interrupted") return EXIT.interrupted;
    const what = `seed ${part.seed}, epochs 1 to ${part.epochs}`;
    if (different !== undefined) refuse(path, `expected ${what} to come out again, got: ${different}`);
    else out.write(`${path}: in order (${standingText(checked.standing)}; ${what} came out again)\n`);
  }
  if (folders.length === 0) out.write(`${RECORDS}: no record yet\n`);
  return failed ? EXIT.usage : EXIT.ok;
}

/** `p 0.0004 above 99.10 %, mark 99.40 % not reached`. */
function standingText({ sizeClass: { floor, mark }, p, isAtMark }: Standing): string {
  return `p ${formatP(p)} above ${formatPercent(floor)} %, mark ${formatPercent(mark)} %${
    isAtMark ? "" : " not"
  } reached`;
}

/** The real ones. */
async function realSurroundings(streams: Streams): Promise<RecordSurroundings> {
  const { loadNamedIterations } = await import("../../models/catalog.ts");
  const { readCommit } = await import("../run/environment.ts");
  return {
    ...streams,
    root: ".",
    loadIteration: async (name) => (await loadNamedIterations([name]))[0],
    commit: () => readCommit().git?.commit,
    ignored: (places) => readCommit(places).ignored ?? [],
    async bench(options, iteration) {
      const { runBenchmark } = await import("../benchmark.ts");
      return await runBenchmark({ ...options, iterations: [iteration.id] }, {
        ...streams,
        loadNamedIterations: () => Promise.resolve([iteration]),
      });
    },
    async retrain(options) {
      const { verify } = await import("../judge/verify_row.ts");
      const { realSurroundings: benchSurroundings } = await import("../run/surroundings.ts");
      let said = "";
      const out = { ...streams.out, isTerminal: false, write: (text: string) => void (said += text) };
      const code = await verify(options, {
        ...benchSurroundings(),
        ...streams,
        out,
        // a record is trained as it was recorded, whatever has its number now
        loadIterations: () => Promise.resolve([]),
        random: () => 0,
      });
      if (code === EXIT.interrupted) return "interrupted";
      return code === EXIT.ok ? undefined : said.trim().replace(/^differs: /, "");
    },
  };
}

if (import.meta.main) Deno.exit(await main(Deno.args));
