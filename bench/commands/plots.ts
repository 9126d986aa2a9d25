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
import type { RunRecord } from "../run/run_record.ts";

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
  const { judgeField } = await import("../field/judge_field.ts");
  const { fieldPlots } = await import("../report/html/field_plot.ts");
  const { standalonePlots } = await import("../report/html/standalone.ts");
  const { checkFiles, updateFiles } = await import("../report/published_files.ts");
  const { makeReport } = await import("../report/report.ts");
  const { readResults } = await import("../run/results.ts");
  const { readRunFolder } = await import("../run/run_record.ts");
  const write = (line: string) => out.write(`${line}\n`);
  const draw = async (
    folder: string,
    plotsOf: (record: RunRecord) => Promise<ReadonlyMap<string, string>>,
  ) => {
    if (readRunFolder(join(root, folder)) === undefined) return undefined;
    const drawn = await plotsOf(readResults(join(root, folder)));
    return [...drawn].map(([name, text]) => ({ path: join(root, folder, PLOTS, name), text }));
  };
  const reference = await draw(
    REFERENCE,
    async (record) =>
      standalonePlots(
        makeReport(record, await asUsageError(() => loadIterations()), { reference: record }),
        record,
      ),
  );
  const field = await draw(
    FIELD,
    async (record) => fieldPlots(judgeField(record, await asUsageError(() => loadField()))),
  );
  if (reference === undefined) write("no reference results yet, so no plots");
  const files = [...reference ?? [], ...field ?? []];
  if (files.length === 0) return EXIT.ok;
  return check ? checkFiles(files, { write, command: "deno task plots" }) : updateFiles(files, write);
}

if (import.meta.main) Deno.exit(await main(Deno.args));
