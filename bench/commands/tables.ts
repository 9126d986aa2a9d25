/**
 * Makes the published tables from the committed results: `deno task tables`, or `--check` to find those that differ.
 *
 * @module
 */
import { type Command, runCommand } from "../command_line/command.ts";
import { EXIT } from "../command_line/exit_codes.ts";
import {
  ABLATIONS,
  dataNeeds,
  FIELD,
  joinNeeds,
  RECORDS,
  REFERENCE,
  SEARCHES,
} from "../command_line/needs.ts";
import type { Streams } from "../command_line/output.ts";
import type { PublishedSources } from "../report/published_results.ts";

const HELP = `Makes the tables of README.md, ${REFERENCE}, ${ABLATIONS}, ${FIELD} and
${RECORDS} from the results there.

Usage: deno task tables [flags]

errors.csv and comparisons.csv are counted from predictions, test labels and their writers, and are left as
they are where MNIST or QMNIST's labels are not on this machine.

  --check   write nothing; exit 1 where a published table and the results differ
  --help    this text

Exit codes: 0 made, or all are as they should be; 1 something differs, or results do not agree with themselves;
2 usage or input error.
`;

const SYNTAX = { flags: { check: "switch" } } as const;

export const command: Command<typeof SYNTAX> = {
  help: HELP,
  syntax: SYNTAX,
  needs: ({ flags }, place) =>
    joinNeeds(
      {
        read: ["README.md", REFERENCE, ABLATIONS, FIELD, RECORDS, SEARCHES],
        write: flags.has("check") ? [] : ["README.md", "README.md.tmp", "results"],
      },
      dataNeeds(undefined, place, { mayDownload: false }),
    ),
};

/** What a run of the command takes from outside. */
export type TablesSurroundings = Streams & Omit<PublishedSources, "renews" | "write">;

/** Runs `deno task tables` and returns the exit code: 0, 1 where something differs, 2 for a usage or input error. */
export function main(args: readonly string[], surroundings?: TablesSurroundings): Promise<number> {
  return runCommand(command, args, {
    streams: surroundings,
    async work({ flags }, streams) {
      const { FIELD_FOLDER, loadIterations } = await import("../../models/catalog.ts");
      const { findTestLabels } = await import("../run/test_labels.ts");
      const given = surroundings ?? {
        root: ".",
        loadIterations: () => loadIterations(),
        loadField: () => loadIterations(FIELD_FOLDER),
        loadTestLabels: findTestLabels,
        ...streams,
      };
      return await tables({ check: flags.has("check") }, given);
    },
  });
}

async function tables(
  { check }: { readonly check: boolean },
  { out, err: _, ...sources }: TablesSurroundings,
): Promise<number> {
  const { checkFiles, updateFiles } = await import("../report/published_files.ts");
  const { publishedResults } = await import("../report/published_results.ts");
  const write = (line: string) => out.write(`${line}\n`);
  const files = await publishedResults({ ...sources, renews: !check, write });
  if (files === undefined) return EXIT.failed;
  return check ? checkFiles(files, { write, command: "deno task tables" }) : updateFiles(files, write);
}

if (import.meta.main) Deno.exit(await main(Deno.args));
