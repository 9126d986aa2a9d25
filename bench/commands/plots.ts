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
import { REFERENCE } from "../command_line/needs.ts";
import type { Streams } from "../command_line/output.ts";

const PLOTS = join(REFERENCE, "plots");

const HELP = `Draws the results in ${REFERENCE} as SVG files, light and dark, into ${PLOTS}.

Usage: deno task plots [flags]

  --check   write nothing; exit 1 where a plot and the results differ
  --help    this text
`;

const SYNTAX = { flags: { check: "switch" } } as const;

export const command: Command<typeof SYNTAX> = {
  help: HELP,
  syntax: SYNTAX,
  needs: ({ flags }) => ({
    read: [REFERENCE],
    write: flags.has("check") ? [] : [PLOTS],
    usesAllPackages: true,
  }),
};

export interface PlotsSurroundings extends Streams {
  /** The project's folder. */
  readonly root: string;
  readonly loadIterations: () => Promise<readonly Iteration[]>;
}

/** Runs `deno task plots` and returns the exit code: 0, 1 where something differs, 2 for a usage or input error. */
export function main(args: readonly string[], surroundings?: PlotsSurroundings): Promise<number> {
  return runCommand(command, args, {
    streams: surroundings,
    async work({ flags }, streams) {
      const { loadIterations } = await import("../../models/catalog.ts");
      const given = surroundings ?? { root: ".", loadIterations: () => loadIterations(), ...streams };
      return await plots({ check: flags.has("check") }, given);
    },
  });
}

async function plots(
  { check }: { readonly check: boolean },
  { root, loadIterations, out }: PlotsSurroundings,
): Promise<number> {
  const { standalonePlots } = await import("../report/html/standalone.ts");
  const { checkFiles, updateFiles } = await import("../report/published_files.ts");
  const { makeReport } = await import("../report/report.ts");
  const { readResults } = await import("../run/results.ts");
  const { readRunFolder } = await import("../run/run_record.ts");
  const write = (line: string) => out.write(`${line}\n`);
  const folder = join(root, REFERENCE);
  if (readRunFolder(folder) === undefined) {
    write("no reference results yet, so no plots");
    return EXIT.ok;
  }
  const record = readResults(folder);
  const report = makeReport(record, await asUsageError(() => loadIterations()), record);
  const files = [...standalonePlots(report, record)].map(([name, text]) => ({
    path: join(root, PLOTS, name),
    text,
  }));
  return check ? checkFiles(files, { write, command: "deno task plots" }) : updateFiles(files, write);
}

if (import.meta.main) Deno.exit(await main(Deno.args));
