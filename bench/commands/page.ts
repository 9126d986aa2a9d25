/**
 * Makes the page on which a run's networks read what a person draws: `deno task page [RUN]`.
 *
 * @module
 */
import { isAbsolute, join } from "node:path";
import type { Dataset } from "../../data/types.ts";
import type { Engine } from "../../engine/engine.ts";
import type { Iteration } from "../../models/iteration.ts";
import { type Command, runCommand } from "../command_line/command.ts";
import { asUsageError, reasonOf, UsageError } from "../command_line/errors.ts";
import { EXIT } from "../command_line/exit_codes.ts";
import type { CommandLine } from "../command_line/flags.ts";
import { dataNeeds, joinNeeds, PUBLISHED } from "../command_line/needs.ts";
import type { Streams } from "../command_line/output.ts";
import type { LoadedTestImages } from "../report/html/read_page_data.ts";
import type { TrialId } from "../run/rows.ts";
import type { RunRecord } from "../run/run_record.ts";

const PAGE = "page.html";

/** Where a run's page goes: into its folder, but not into that of a package. */
const defaultPage = (run: string | undefined): string =>
  run === undefined && isAbsolute(PUBLISHED) ? PAGE : join(run ?? PUBLISHED, PAGE);

const HELP =
  `Makes one page on which trained networks read what a person draws, show every layer and train again.

It is a file of its own: open it in a browser, from the disk or from any web server. Nothing is loaded, nothing is
sent. As many weights are put in as keep it below 250 kB, one trial of each iteration first; others are opened on
the page from their files.

Usage: deno task page [RUN] [flags]

  RUN          folder of the run with weights  (default: ${PUBLISHED})
  --rows LIST  whose weights are put in, whatever the size, such as 5/0,1/0 (iteration/seed)
  --out FILE   where the page goes             (default: ${PAGE} in the run's folder)
  --data DIR   folder with the MNIST files     (default: $MNIST_DIR, data/cache/mnist; nothing is downloaded)
  --help       this text

Examples:
  deno task page
  deno task page results/runs/mnist-wasm2 --rows 3/0 --out mine.html
Exit codes: 0 made, 2 usage or input error.
`;

const SYNTAX = { flags: { rows: "text", out: "path", data: "path" }, positionals: ["path"] } as const;

export const command: Command<typeof SYNTAX> = {
  help: HELP,
  syntax: SYNTAX,
  needs({ flags, positionals: [run] }, place) {
    const out = flags.get("out") ?? defaultPage(run);
    readRows(flags.get("rows"));
    return joinNeeds(
      {
        read: [run ?? PUBLISHED, out, `${out}.tmp`],
        // written beside its place and moved there once it is whole
        write: [out, `${out}.tmp`],
        sys: ["cpus"],
        trains: true,
        // the bundler is Deno's own
        startsDeno: true,
      },
      dataNeeds(flags.get("data"), place, { mayDownload: false }),
    );
  },
};

export interface PageSurroundings extends Streams {
  readonly loadIterations: () => Promise<readonly Iteration[]>;
  /** The test images of the run's data set; throws a `DataError` where they are not on this machine. */
  readonly loadTestImages: (record: RunRecord, dir?: string) => Promise<LoadedTestImages>;
  readonly createEngine: () => Promise<Engine>;
  /** The digits that the project draws. */
  readonly drawDataset: (count: { readonly trainCount: number; readonly testCount: number }) => Dataset;
}

/** Runs `deno task page` and returns the exit code: 0, or 2 for a usage or input error. */
export function main(args: readonly string[], surroundings?: PageSurroundings): Promise<number> {
  return runCommand(command, args, {
    streams: surroundings,
    async work(line, streams) {
      return await page(line, surroundings ?? { ...await realSurroundings(), ...streams });
    },
  });
}

async function realSurroundings(): Promise<Omit<PageSurroundings, keyof Streams>> {
  const { drawDataset } = await import("../../data/synthetic.ts");
  const { loadIterations } = await import("../../models/catalog.ts");
  const { createEngine } = await import("../run/engines.ts");
  const { loadTestImages } = await import("../report/html/read_page_data.ts");
  return {
    loadIterations: () => loadIterations(),
    loadTestImages,
    createEngine: () => createEngine("wasm", {}),
    drawDataset,
  };
}

async function page(
  { flags, positionals: [run] }: CommandLine<typeof SYNTAX>,
  { loadIterations, loadTestImages, createEngine, drawDataset, out, err }: PageSurroundings,
): Promise<number> {
  const { readPageData } = await import("../report/html/read_page_data.ts");
  const { readResults } = await import("../run/results.ts");
  const { QUICK_IMAGES } = await import("../run/options.ts");
  const { trainedTrials } = await import("../page/choose_weights.ts");
  const { comparedTraining, TRAINED_ITERATION } = await import("../page/training.ts");
  const { makePage } = await import("../page/make_page.ts");
  const folder = run ?? PUBLISHED, dir = flags.get("data"), rows = readRows(flags.get("rows"));
  const record = readResults(folder), trials = await trainedTrials(folder, record, rows);
  const catalog = await asUsageError(() => loadIterations());
  const data = await readPageData(folder, record, {
    catalog,
    loadTestImages: () => loadTestImages(record, dir),
    mustHaveImages: dir !== undefined,
  });
  const iteration = catalog.find(({ id }) => id === TRAINED_ITERATION);
  if (iteration === undefined) {
    throw new UsageError(
      `Cannot make a page: expected iteration ${TRAINED_ITERATION} to compare a training of, got none; restore its file`,
    );
  }
  // seconds in which nothing else is to be seen
  if (err.isTerminal) err.write("Training what the page will repeat, and bundling its program …\n");
  const engine = await createEngine();
  const digits = drawDataset({ trainCount: QUICK_IMAGES.train, testCount: QUICK_IMAGES.test });
  const training = await comparedTraining(iteration, digits, engine).finally(() => engine.close());
  const text = await makePage(data, { trials, all: rows !== undefined, training });
  const path = flags.get("out") ?? defaultPage(run);
  await writePage(path, text);
  for (const problem of data.problems) out.write(`${problem}\n`);
  out.write(`${path}: ${Math.ceil(new TextEncoder().encode(text).length / 1000)} kB, open it in a browser\n`);
  return EXIT.ok;
}

/** The rows that `--rows` names. */
function readRows(text: string | undefined): TrialId[] | undefined {
  return text?.split(",").map((part) => {
    const ends = part.trim().match(/^(\d{1,4})\/(\d{1,10})$/);
    if (ends === null) {
      throw new UsageError(
        `Cannot use --rows: expected iteration/seed between commas such as 5/0,1/0, got "${part}"`,
      );
    }
    return { iteration: Number(ends[1]), seed: Number(ends[2]) };
  });
}

async function writePage(path: string, text: string): Promise<void> {
  const { writeWhole } = await import("../run/whole_files.ts");
  try {
    writeWhole(path, text);
  } catch (error) {
    throw new UsageError(
      `Cannot write "${path}": expected a place that can be written, got "${
        reasonOf(error)
      }"; choose another --out`,
      { cause: error },
    );
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
