/**
 * Makes the README's plots from the committed results: `deno task plots`, or `--check` to find those that differ.
 *
 * @module
 */
import { join } from "node:path";
import type { Iteration } from "../../models/iteration.ts";
import { type Command, runCommand } from "../command_line/command.ts";
import { asUsageError } from "../command_line/errors.ts";
import { EXIT } from "../command_line/exit_codes.ts";
import { FIELD, REFERENCE } from "../command_line/needs.ts";
import type { Streams } from "../command_line/output.ts";
import type { PublishedFile } from "../report/published_files.ts";

/** In each folder of results. */
const PLOTS = "plots";

const HELP =
  `Draws the results in ${REFERENCE} and ${FIELD} as SVG files, light and dark, into ${PLOTS} there.

Usage: deno task plots [flags]

  --check   write nothing; exit 1 where a plot and the results differ
  --help    this text
`;

const SYNTAX = { flags: { check: "switch" } } as const;

export const command: Command<typeof SYNTAX> = {
  help: HELP,
  syntax: SYNTAX,
  needs: ({ flags }) => ({
    read: [REFERENCE, FIELD],
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
  if (readRunFolder(join(root, REFERENCE)) === undefined) write("no reference results yet, so no plots");
  else {
    const reference = readResults(join(root, REFERENCE));
    const report = makeReport(reference, await asUsageError(() => loadIterations()), { reference });
    files.push(...filesIn(REFERENCE, standalonePlots(report, reference)));
  }
  const records = readFieldRuns(join(root, FIELD));
  if (records.length > 0) {
    const field = judgeField(records, await asUsageError(() => loadField()));
    files.push(...filesIn(FIELD, fieldPlots(field)));
  }
  if (files.length === 0) return EXIT.ok;
  return check ? checkFiles(files, { write, command: "deno task plots" }) : updateFiles(files, write);
}

if (import.meta.main) Deno.exit(await main(Deno.args));
