/**
 * Makes the README's plots from the committed results: `deno task plots`, or `--check` to find those that differ.
 *
 * @module
 */
import { basename, join } from "node:path";
import type { Iteration } from "../../models/iteration.ts";
import { type Command, runCommand } from "../command_line/command.ts";
import { asUsageError } from "../command_line/errors.ts";
import { EXIT } from "../command_line/exit_codes.ts";
import { FIELD, RECORDS, REFERENCE } from "../command_line/needs.ts";
import type { Streams } from "../command_line/output.ts";
import type { BesideField } from "../report/html/field_plot.ts";
import type { PublishedFile } from "../report/published_files.ts";
import type { IterationSummary } from "../run/summary.ts";

/** In each folder of results. */
const PLOTS = "plots";

const HELP =
  `Draws the results in ${REFERENCE} and ${FIELD} as SVG files, light and dark, into ${PLOTS} there; the
field's with the iterations and the records of ${RECORDS} beside it.

Usage: deno task plots [flags]

  --check   write nothing; exit 1 where a plot and the results differ
  --help    this text

Exit codes: 0 drawn, or all are as they should be; 1 something differs; 2 usage or input error.
`;

const SYNTAX = { flags: { check: "switch" } } as const;

export const command: Command<typeof SYNTAX> = {
  help: HELP,
  syntax: SYNTAX,
  needs: ({ flags }) => ({
    read: [REFERENCE, FIELD, RECORDS],
    write: flags.has("check") ? [] : [join(REFERENCE, PLOTS), join(FIELD, PLOTS)],
    usesAllPackages: true,
  }),
};

export interface PlotsSurroundings extends Streams {
  /** The project's folder. */
  readonly root: string;
  readonly loadIterations: () => Promise<readonly Iteration[]>;
  /** The public entries. */
  readonly loadField: () => Promise<readonly Iteration[]>;
}

/** Runs `deno task plots` and returns the exit code: 0, 1 where something differs, 2 for a usage or input error. */
export function main(args: readonly string[], surroundings?: PlotsSurroundings): Promise<number> {
  return runCommand(command, args, {
    streams: surroundings,
    async work({ flags }, streams) {
      const { FIELD_FOLDER, loadIterations } = await import("../../models/catalog.ts");
      const given = surroundings ?? {
        root: ".",
        loadIterations: () => loadIterations(),
        loadField: () => loadIterations(FIELD_FOLDER),
        ...streams,
      };
      return await plots({ check: flags.has("check") }, given);
    },
  });
}

async function plots(
  { check }: { readonly check: boolean },
  { root, loadIterations, loadField, out }: PlotsSurroundings,
): Promise<number> {
  const { readFieldRuns } = await import("../field/field_runs.ts");
  const { judgeField } = await import("../field/judge_field.ts");
  const { fieldPlots } = await import("../report/html/field_plot.ts");
  const { standalonePlots } = await import("../report/html/standalone.ts");
  const { checkFiles, updateFiles } = await import("../report/published_files.ts");
  const { makeReport } = await import("../report/report.ts");
  const { readResults } = await import("../run/results.ts");
  const { readRunFolder } = await import("../run/run_record.ts");
  const write = (line: string) => out.write(`${line}\n`);
  const filesIn = (folder: string, drawn: ReadonlyMap<string, string>) =>
    [...drawn].map(([name, text]) => ({ path: join(root, folder, PLOTS, name), text }));
  const files: PublishedFile[] = [];
  let iterations: readonly IterationSummary[] = [];
  if (readRunFolder(join(root, REFERENCE)) === undefined) write("no reference results yet, so no plots");
  else {
    const reference = readResults(join(root, REFERENCE));
    const report = makeReport(reference, await asUsageError(() => loadIterations()), {
      references: [reference],
    });
    iterations = report.iterations.map(({ summary }) => summary);
    files.push(...filesIn(REFERENCE, standalonePlots(report, reference)));
  }
  const runs = readFieldRuns(join(root, FIELD));
  if (runs.length > 0) {
    const field = judgeField(runs, await asUsageError(() => loadField()));
    files.push(...filesIn(FIELD, fieldPlots(field, { iterations, records: await readRecords(root) })));
  }
  if (files.length === 0) return EXIT.ok;
  return check ? checkFiles(files, { write, command: "deno task plots" }) : updateFiles(files, write);
}

/** What is a record, with its name; `deno task tables` says why another is none. */
async function readRecords(root: string): Promise<BesideField["records"]> {
  const { checkRecord } = await import("../records/check_record.ts");
  const { findRecords } = await import("../run/find_records.ts");
  const { summarizeIteration } = await import("../run/summary.ts");
  return findRecords(join(root, RECORDS)).flatMap((path) => {
    const checked = checkRecord(path);
    if (typeof checked === "string") return [];
    return [{ name: basename(path), summary: summarizeIteration(checked.iteration, checked.record) }];
  });
}

if (import.meta.main) Deno.exit(await main(Deno.args));
