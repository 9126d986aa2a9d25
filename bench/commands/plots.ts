/**
 * Makes the README's plots from the committed results: `deno task plots`, or `--check` to find those that differ.
 *
 * @module
 */
import { join } from "node:path";
import { loadIterations } from "../../models/catalog.ts";
import type { Iteration } from "../../models/types.ts";
import { asUsageError, UsageError } from "../command_line/errors.ts";
import { EXIT } from "../command_line/exit_codes.ts";
import { readCommandLine } from "../command_line/flags.ts";
import { checkFiles, updateFiles } from "../report/published_files.ts";
import { standalonePlots } from "../report/html/standalone.ts";
import { makeReport } from "../report/report.ts";
import { readResults } from "../run/results.ts";
import { readRunFolder } from "../run/run_folder.ts";
import { REFERENCE } from "./tables.ts";

const PLOTS = join(REFERENCE, "plots");

const HELP = `Draws the results in ${REFERENCE} as SVG files, light and dark, into ${PLOTS}.

Usage: deno task plots [flags]

  --check   write nothing; exit 1 where a plot and the results differ
  --help    this text
`;

export interface PlotsSurroundings {
  /** The project's folder. */
  readonly root: string;
  readonly loadIterations: () => Promise<readonly Iteration[]>;
  readonly write: (text: string) => void;
}

/** Runs `deno task plots` and returns the exit code: 0, 1 where something differs, 2 for a usage or input error. */
export async function main(
  args: readonly string[],
  surroundings: PlotsSurroundings = {
    root: ".",
    loadIterations: () => loadIterations(),
    write: (text) => console.log(text),
  },
): Promise<number> {
  const { root, write } = surroundings;
  try {
    const { flags } = readCommandLine(args, { check: "boolean", help: "boolean" }, { positionals: 0 });
    if (flags.has("help")) {
      write(HELP.trimEnd());
      return EXIT.ok;
    }
    const folder = join(root, REFERENCE);
    if (readRunFolder(folder) === undefined) {
      write("no reference results yet, so no plots");
      return EXIT.ok;
    }
    const record = readResults(folder);
    const report = makeReport(record, await asUsageError(() => surroundings.loadIterations()));
    const files = [...standalonePlots(report, record)].map(([name, text]) => ({
      path: join(root, PLOTS, name),
      text,
    }));
    return flags.has("check")
      ? checkFiles(files, { write, command: "deno task plots" })
      : updateFiles(files, write);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    write(`error: ${error.message}`);
    return EXIT.usage;
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
