/**
 * Says whether one network is better than another: `deno task compare A B`.
 *
 * @module
 */
import type { IterationName } from "../../models/catalog.ts";
import type { Iteration } from "../../models/iteration.ts";
import type { Comparison, Population } from "../compare/compare.ts";
import type { SideName, TrainRequest } from "../compare/gather_sides.ts";
import { type Command, runCommand } from "../command_line/command.ts";
import { reasonOf, UsageError } from "../command_line/errors.ts";
import { EXIT } from "../command_line/exit_codes.ts";
import type { CommandLine } from "../command_line/flags.ts";
import { iterationFolders } from "../command_line/iteration_names.ts";
import { datasetNeeds, joinNeeds, PUBLISHED, PUBLISHED_RECORDS, RUNS } from "../command_line/needs.ts";
import type { Streams } from "../command_line/output.ts";
import { readChoice, readPoints, readShare, readWholeNumber, workerLimits } from "../command_line/values.ts";
import { datasetIn } from "../run/engine_name.ts";
import { recordedDataset } from "../run/dataset_name.ts";
import { DEFAULT_OPTIONS, ENGINES } from "../run/options.ts";
import { COMPARE_DEFAULTS as DEFAULTS } from "../compare/rules.ts";
import type { RunIdentity, Validation } from "../run/manifest.ts";
import type { TestLabels } from "../run/test_labels.ts";

const POPULATIONS = ["images", "digits"] as const satisfies readonly Population[];
const MOST_SIDES = 10;
const MOST_SEEDS = 1000;

const PAGE = new URL("../report/html/comparison_page.ts", import.meta.url).href;

const HELP = `Says whether B is better than A: paired by seed and by test image.

Usage: deno task compare A B [more] [flags]

  A, B              an iteration by its number (5) or its file (./my_net.ts), or a run's folder
                    (results/runs/mine, or results/runs/mine:5 where it holds several iterations)
  --seeds N         train what is missing of seeds 0 to N-1 on every side first
  --engine NAME     engine for that: webgpu, wasm, tensorflow or auto            (default: auto)
  --workers N       workers for that                                (default: one per core)
  --by WHICH        images or digits: whose verdict is the exit code       (default: images)
  --margin POINTS   sides are equal where shown to differ by less             (default: ${
  DEFAULTS.margin * 100
})
  --alpha P         level of the two-sided tests; intervals are at 1 - P      (default: ${DEFAULTS.alpha})
  --tried N         how many comparisons were made in all, where these are the best of more
                    (default: the ideas that the manifests of the runs say were tried)
  --data DIR        folder with the MNIST files    (default: $MNIST_DIR, data/cache/mnist, or download)
  --markdown FILE   write the comparison as Markdown
  --html FILE       write it as one page
  --json            one JSON document instead of the text
  --help            this text

Two verdicts. On these images: would other seeds say the same? On new digits: would other images, by other
writers? An iteration's trials are the published ones, a record's among them, and those in
${RUNS}. With more than two sides, every two are compared, and corrected for by Holm's method.

Examples:
  deno task compare 5 4
  deno task compare 5 ./my_net.ts --seeds 10
  deno task compare ${RUNS}/before ${RUNS}/after --html difference.html

Exit codes: 0 B is better or equal (with more sides: each is than A), 1 one is worse, 2 usage or input error,
3 cannot say, 130 interrupted.
`;

const SYNTAX = {
  flags: {
    seeds: "text",
    engine: "text",
    workers: "text",
    by: "text",
    margin: "text",
    alpha: "text",
    tried: "text",
    data: "path",
    markdown: "path",
    html: "path",
    json: "switch",
  },
  positionals: new Array<"iterations">(MOST_SIDES).fill("iterations"),
} as const;
type Line = CommandLine<typeof SYNTAX>;

export const command: Command<typeof SYNTAX> = {
  help: HELP,
  syntax: SYNTAX,
  needs(line, place) {
    const { seeds, markdown, html, data, engine } = readOptions(line);
    const named = runFolders(line.positionals);
    const iterations = line.positionals.filter(isIteration);
    const folders = [...iterations.flatMap(iterationFolders), ...named];
    const datasets = [
      ...named.map(datasetIn),
      // iterations are compared on MNIST
      ...(iterations.length > 0 || named.length === 0 ? [{ dataset: "mnist", validate: false }] : []),
    ];
    const written = [markdown, html].flatMap((path) => path === undefined ? [] : [path, `${path}.tmp`]);
    return joinNeeds(
      {
        read: [RUNS, ...folders, ...written],
        write: written,
        usesAllPackages: html !== undefined,
      },
      seeds === undefined ? {} : {
        write: [RUNS, ...named],
        sys: ["cpus", "hostname", "osRelease"],
        trains: true,
        recordsCommit: true,
        startsDeno: engine === "tensorflow",
      },
      ...datasets.map((each) => datasetNeeds({ ...each, data }, place)),
    );
  },
};

/** Whether a side is named by its iteration, a number or a file, and not by a run's folder. */
function isIteration(name: string): boolean {
  return /^[\d,-]+$/.test(name) || /\.(ts|js|mjs|json)$/.test(name);
}

/** Folders of the runs that are named. */
function runFolders(names: readonly string[]): string[] {
  return names.filter((name) => !isIteration(name)).map((name) => name.replace(/:\d+$/, ""));
}

/** What `compare` takes from outside. */
export interface CompareSurroundings extends Streams {
  /** The project's folder. */
  readonly root: string;
  readonly published: string;
  readonly records: string;
  readonly loadIteration: (name: IterationName) => Promise<Iteration>;
  readonly loadTestLabels: (
    dataset: RunIdentity["dataset"],
    options: {
      readonly data?: string;
      readonly validation?: Validation;
      readonly onAbsent: (sentence: string) => void;
    },
  ) => Promise<TestLabels>;
  /** What would train. */
  readonly engineOf: (options: TrainOptions) => Promise<RunIdentity["engine"]>;
  /** Trains what is asked for and returns the folder of the results; undefined where that was interrupted. */
  readonly train: (request: TrainRequest, options: TrainOptions) => Promise<string | undefined>;
}

/** With what is trained. */
export type TrainOptions = Pick<CompareOptions, "engine" | "workers" | "data">;

interface CompareOptions {
  readonly seeds?: number;
  readonly engine?: (typeof ENGINES)[number];
  readonly workers?: number;
  readonly by: Population;
  readonly margin: number;
  readonly alpha: number;
  readonly tried?: number;
  readonly data?: string;
  readonly markdown?: string;
  readonly html?: string;
  readonly json: boolean;
}

/** Compares what `args` name and returns the exit code. */
export function main(args: readonly string[], surroundings?: CompareSurroundings): Promise<number> {
  return runCommand(command, args, {
    streams: surroundings,
    work: async (line, streams) => compare(line, surroundings ?? await realSurroundings(streams)),
  });
}

function readOptions({ flags }: Line): CompareOptions {
  const whole = (
    name: "seeds" | "workers" | "tried",
    limits: { readonly least: number; readonly most: number },
  ) => readWholeNumber(`--${name}`, flags.get(name), limits);
  const margin = flags.get("margin"), alpha = flags.get("alpha");
  const seeds = whole("seeds", { least: 1, most: MOST_SEEDS });
  for (const flag of ["engine", "workers"] as const) {
    if (seeds === undefined && flags.has(flag)) {
      throw new UsageError(
        `Cannot use --${flag}: expected --seeds with it, got none; leave it out, or say how many seeds to train`,
      );
    }
  }
  return {
    seeds,
    engine: readChoice("--engine", flags.get("engine"), ENGINES),
    workers: whole("workers", workerLimits()),
    by: readChoice("--by", flags.get("by"), POPULATIONS) ?? "images",
    margin: margin === undefined ? DEFAULTS.margin : readPoints("--margin", margin),
    alpha: alpha === undefined ? DEFAULTS.alpha : readShare("--alpha", alpha),
    tried: whole("tried", { least: 1, most: 1_000_000 }),
    data: flags.get("data"),
    markdown: flags.get("markdown"),
    html: flags.get("html"),
    json: flags.has("json"),
  };
}

/** Ends the comparison: training was interrupted. */
class Interrupted extends Error {}

async function compare(line: Line, surroundings: CompareSurroundings): Promise<number> {
  const { compareSides } = await import("../compare/compare.ts");
  const { checkSides, gatherSides, readSideNames } = await import("../compare/gather_sides.ts");
  const { comparisonJson, comparisonMarkdown, comparisonText } = await import("../report/comparison.ts");
  const { out, err, root, published, records, loadIteration } = surroundings;
  const options = readOptions(line);
  const names: readonly SideName[] = readSideNames(line.positionals);
  if (names.length < 2 || names.length > MOST_SIDES) {
    throw new UsageError(
      `Cannot compare: expected 2 to ${MOST_SIDES} sides such as "5 ./my_net.ts", got ${
        names.length === 0 ? "none" : names.length
      }; see --help`,
    );
  }
  const { seeds } = options;
  const training = seeds === undefined ? undefined : {
    seeds,
    engine: await surroundings.engineOf(options),
    async train(request: TrainRequest) {
      const folder = await surroundings.train(request, options);
      if (folder === undefined) throw new Interrupted();
      return folder;
    },
  };
  let sides;
  try {
    sides = await gatherSides(names, { root, published, records, loadIteration, training });
  } catch (error) {
    if (error instanceof Interrupted) return EXIT.interrupted;
    throw error;
  }
  checkSides(sides);
  const test = await surroundings.loadTestLabels(sides[0].identity.dataset, {
    data: options.data,
    validation: sides[0].identity.validation,
    onAbsent: (sentence) => err.write(`warning: ${sentence}\n`),
  });
  const { alpha, margin } = options;
  // whoever compares the best of many ideas compares them all
  const family = options.tried ?? Math.max(1, ...sides.map(({ identity }) => identity.tried?.ideas ?? 1));
  const comparison = compareSides(sides, test, { alpha, margin, family });
  const code = exitCode(comparison, options.by);
  out.write(
    options.json
      ? comparisonJson(comparison, code)
      : comparisonText(comparison, { color: out.color, width: out.width }),
  );
  if (options.markdown !== undefined) await save(options.markdown, comparisonMarkdown(comparison));
  if (options.html !== undefined) {
    // a name that is not written into the import: without --html nobody is to download the plotting library
    const { renderComparison } = await import(PAGE) as typeof import("../report/html/comparison_page.ts");
    await save(options.html, renderComparison(comparison));
  }
  return code;
}

/** Worse than the first side is 1; where none is, and one cannot be told from it, 3. */
function exitCode({ pairs }: Comparison, by: Population): number {
  const verdicts = pairs.filter(({ a }) => a === 0).map((pair) => pair[by].status);
  if (verdicts.includes("worse")) return EXIT.failed;
  return verdicts.every((status) => status === "better" || status === "equal") ? EXIT.ok : EXIT.underpowered;
}

async function save(path: string, text: string): Promise<void> {
  const { writeWhole } = await import("../run/whole_files.ts");
  try {
    writeWhole(path, text);
  } catch (error) {
    throw new UsageError(
      `Cannot write "${path}": expected a place that can be written, got "${
        reasonOf(error)
      }"; name another file`,
      { cause: error },
    );
  }
}

/** The real ones. */
async function realSurroundings(streams: Streams): Promise<CompareSurroundings> {
  const { loadNamedIterations } = await import("../../models/catalog.ts");
  const { showDownload } = await import("../run/download_display.ts");
  const { loadTestLabels } = await import("../run/test_labels.ts");
  const { createEngine } = await import("../run/engines.ts");
  return {
    ...streams,
    root: ".",
    published: PUBLISHED,
    records: PUBLISHED_RECORDS,
    loadIteration: async (name) => (await loadNamedIterations([name]))[0],
    async loadTestLabels(dataset, options) {
      const { onProgress, stop } = showDownload(streams.err, () => performance.now());
      try {
        return await loadTestLabels(dataset, { ...options, mayDownload: true, onProgress });
      } finally {
        stop();
      }
    },
    async engineOf({ engine = "auto", workers }) {
      const { SAME_BITS } = await import("../run/manifest.ts");
      const made = await createEngine(engine, { workers });
      const { name, version, device } = made;
      made.close();
      return {
        name,
        version,
        ...(SAME_BITS[name] === "sameDevice" ? { device: device.description } : {}),
      };
    },
    async train({ iteration, seeds, run }, { engine, workers, data }) {
      const { runBenchmark } = await import("../benchmark.ts");
      const recorded = ENGINES.find((each) => each === run?.identity.engine.name);
      const { outcome, folder } = await runBenchmark(
        {
          iterations: [iteration.id],
          seeds,
          engine: engine ?? recorded ?? "auto",
          workers,
          ...recordedDataset(run?.identity.dataset.name ?? DEFAULT_OPTIONS.dataset, {
            data,
            task: "train more seeds",
          }),
          validate: run?.identity.validation !== undefined,
          out: run?.path,
          epochs: run?.identity.epochs ?? undefined,
          assert: false,
          weights: "none",
        },
        // what was asked for is the comparison: the tables of the training are beside it
        { out: streams.err, err: streams.err, loadNamedIterations: () => Promise.resolve([iteration]) },
      );
      return outcome === "completed" ? folder : undefined;
    },
  };
}

if (import.meta.main) Deno.exit(await main(Deno.args));
