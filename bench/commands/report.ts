/**
 * Makes a run's `report.html`: `deno task report [RUN]`.
 *
 * @module
 */
import { basename, dirname, isAbsolute, join, resolve } from "node:path";
import type { Iteration } from "../../models/iteration.ts";
import { type Command, runCommand } from "../command_line/command.ts";
import { asUsageError, reasonOf, UsageError } from "../command_line/errors.ts";
import { EXIT } from "../command_line/exit_codes.ts";
import type { CommandLine } from "../command_line/flags.ts";
import {
  ABLATIONS,
  dataNeeds,
  joinNeeds,
  PUBLISHED,
  PUBLISHED_ABLATIONS,
  REFERENCE,
  RUNS,
} from "../command_line/needs.ts";
import type { Streams } from "../command_line/output.ts";
import type { LoadedTestImages } from "../report/html/read_page_data.ts";
import type { MeasuredEffects } from "../run/effects.ts";
import type { RunRecord } from "../run/run_folder.ts";

const PAGE = "report.html";
/** What `deno task page` makes. */
const DRAWING_PAGE = "page.html";

/** Where a run's page goes: into its folder, but not into that of a package. */
const defaultPage = (folder: string): string =>
  folder === PUBLISHED && isAbsolute(PUBLISHED) ? PAGE : join(folder, PAGE);

const HELP = `Makes one page, without scripts and without network, from the results of a run.

Usage: deno task report [RUN] [flags]

  RUN          folder of the run           (default: your latest on the test set in ${RUNS}; where there is none,
               the published results in ${REFERENCE})
  --out FILE   where the page goes         (default: ${PAGE} in the run's folder)
  --data DIR   folder with the MNIST files (default: $MNIST_DIR, data/cache/mnist; nothing is downloaded)
  --help       this text

Plots come first. Where ${DRAWING_PAGE} lies beside the page (\`deno task page\` makes it), it is linked.

Examples:
  deno task report
  deno task report results/runs/mnist-wasm2 --out ${PAGE}

Exit codes: 0 made, 2 usage or input error.
`;

const SYNTAX = { flags: { out: "path", data: "path" }, positionals: ["path"] } as const;

export const command: Command<typeof SYNTAX> = {
  help: HELP,
  syntax: SYNTAX,
  needs({ flags, positionals: [run] }, place) {
    const pages = run === undefined ? [RUNS, defaultPage(PUBLISHED)] : [join(run, PAGE)];
    const out = flags.get("out");
    // written beside its place and moved there once it is whole
    const written = (out === undefined ? pages : [out]).flatMap((path) => [path, `${path}.tmp`]);
    return joinNeeds(
      {
        read: [run ?? RUNS, ...written, join(dirname(out ?? defaultPage(run ?? PUBLISHED)), DRAWING_PAGE)],
        write: written,
        usesAllPackages: true,
      },
      dataNeeds(flags.get("data"), place, { mayDownload: false }),
    );
  },
};

export interface ReportSurroundings extends Streams {
  /** The project's folder. */
  readonly root: string;
  readonly loadIterations: () => Promise<readonly Iteration[]>;
  /** The test images of the run's data set; throws a `DataError` where they are not on this machine. */
  readonly loadTestImages: (record: RunRecord, dir?: string) => Promise<LoadedTestImages>;
}

/** Runs `deno task report` and returns the exit code: 0, or 2 for a usage or input error. */
export function main(args: readonly string[], surroundings?: ReportSurroundings): Promise<number> {
  return runCommand(command, args, {
    streams: surroundings,
    async work(line, streams) {
      const { loadIterations } = await import("../../models/catalog.ts");
      const { loadTestImages } = await import("../report/html/read_page_data.ts");
      return await report(
        line,
        surroundings ?? { root: ".", loadIterations: () => loadIterations(), loadTestImages, ...streams },
      );
    },
  });
}

/** The folder of the published results, from that of the project. */
function publishedFolder(root: string): string {
  return root === "." ? PUBLISHED : join(root, REFERENCE);
}

/** What published ablations gave, which published causes are judged by. */
async function findEffects(root: string): Promise<MeasuredEffects | undefined> {
  const { readPublishedEffects } = await import("../run/effects.ts");
  return readPublishedEffects(root === "." ? PUBLISHED_ABLATIONS : join(root, ABLATIONS));
}

async function report(
  { flags, positionals: [run] }: CommandLine<typeof SYNTAX>,
  { root, loadIterations, loadTestImages, out }: ReportSurroundings,
): Promise<number> {
  const { renderPage } = await import("../report/html/page.ts");
  const { readPageData } = await import("../report/html/read_page_data.ts");
  const { readPublished } = await import("../run/published.ts");
  const { readResults } = await import("../run/results.ts");
  const { folder, note } = run === undefined ? await defaultRun(root) : { folder: run };
  const dir = flags.get("data");
  const record = readResults(folder);
  if (record.manifest.validation !== undefined) {
    throw new UsageError(
      `Cannot make a page of "${folder}": expected a run on the test set, got one on held-out training images; read its SUMMARY.md, or train without --validate`,
    );
  }
  const catalog = await asUsageError(() => loadIterations());
  const data = await readPageData(folder, record, {
    catalog,
    references: readPublished(publishedFolder(root)),
    effects: await findEffects(root),
    loadTestImages: () => loadTestImages(record, dir),
    mustHaveImages: dir !== undefined,
  });
  const path = flags.get("out") ?? defaultPage(folder);
  const page = renderPage({
    ...data,
    name: folder === publishedFolder(root) ? "published results" : basename(resolve(folder)),
    drawingPage: isThere(join(dirname(path), DRAWING_PAGE)) ? DRAWING_PAGE : undefined,
  });
  await writePage(path, page);
  if (note !== undefined) out.write(`${note}\n`);
  for (const problem of data.problems) out.write(`${problem}\n`);
  out.write(`${path}: ${Math.ceil(page.length / 1024)} KiB, open it in a browser\n`);
  return EXIT.ok;
}

/** Whether there is such a file, as far as this process may know. */
function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** The run on the test set that was worked on last, else the published results; `note` says which. */
async function defaultRun(root: string): Promise<{ readonly folder: string; readonly note: string }> {
  const { latestRun } = await import("../run/latest_run.ts");
  const { readRunFolder } = await import("../run/run_folder.ts");
  const latest = latestRun(root, ({ validation }, path) => validation === undefined && hasTrials(path));
  if (latest !== undefined) return { folder: latest, note: `Your latest run: ${latest}` };
  const reference = publishedFolder(root);
  if (hasTrials(reference)) {
    return {
      folder: reference,
      note: `No run of yours on the test set in ${join(root, RUNS)}, so the published results: ${reference}`,
    };
  }
  throw new UsageError(
    `Cannot make a report: expected a run on the test set in "${
      join(root, RUNS)
    }" or "${reference}", got none; run \`deno task bench\` first`,
  );

  /** Whether there is something to show; a run that is torn is no default: named, it says what is wrong with it. */
  function hasTrials(path: string): boolean {
    try {
      return (readRunFolder(path)?.trials.length ?? 0) > 0;
    } catch (error) {
      if (error instanceof UsageError) return false;
      throw error;
    }
  }
}

async function writePage(path: string, page: string): Promise<void> {
  const { writeWhole } = await import("../run/whole_files.ts");
  try {
    writeWhole(path, page);
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
