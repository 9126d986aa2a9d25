/**
 * Makes the published tables from the committed results: `deno task tables`, or `--check` to find those that differ.
 *
 * @module
 */
import { join } from "node:path";
import type { Iteration } from "../../models/iteration.ts";
import type { RunIdentity } from "../run/manifest.ts";
import type { TestLabels } from "../run/test_labels.ts";
import { type Command, runCommand } from "../command_line/command.ts";
import { asUsageError } from "../command_line/errors.ts";
import { EXIT } from "../command_line/exit_codes.ts";
import { dataNeeds, joinNeeds, REFERENCE } from "../command_line/needs.ts";
import type { Streams } from "../command_line/output.ts";

const HELP = `Makes the tables of README.md and ${REFERENCE} from the results in ${REFERENCE}.

Usage: deno task tables [flags]

errors.csv and comparisons.csv are counted from the predictions, the test labels and their writers, and are
left as they are where MNIST or QMNIST's labels are not on this machine.

  --check   write nothing; exit 1 where a published table and the results differ
  --help    this text
`;

const SYNTAX = { flags: { check: "switch" } } as const;

export const command: Command<typeof SYNTAX> = {
  help: HELP,
  syntax: SYNTAX,
  needs: ({ flags }, place) =>
    joinNeeds(
      {
        read: ["README.md", REFERENCE],
        write: flags.has("check") ? [] : ["README.md", "README.md.tmp", "results"],
      },
      dataNeeds(undefined, place, { mayDownload: false }),
    ),
};

export interface TablesSurroundings extends Streams {
  /** The project's folder. */
  readonly root: string;
  readonly loadIterations: () => Promise<readonly Iteration[]>;
  /** Labels and writers of the test images; a text says why they are not to be had. */
  readonly loadTestLabels: (identity: RunIdentity) => Promise<TestLabels | string>;
}

/** Runs `deno task tables` and returns the exit code: 0, 1 where something differs, 2 for a usage or input error. */
export function main(args: readonly string[], surroundings?: TablesSurroundings): Promise<number> {
  return runCommand(command, args, {
    streams: surroundings,
    async work({ flags }, streams) {
      const { loadIterations } = await import("../../models/catalog.ts");
      const { findTestLabels } = await import("../run/test_labels.ts");
      const given = surroundings ??
        { root: ".", loadIterations: () => loadIterations(), loadTestLabels: findTestLabels, ...streams };
      return await tables({ check: flags.has("check") }, given);
    },
  });
}

async function tables(
  { check }: { readonly check: boolean },
  { root, loadIterations, loadTestLabels, out }: TablesSurroundings,
): Promise<number> {
  const { checkFiles, updateFiles } = await import("../report/published_files.ts");
  const { publishedFiles } = await import("../report/published_tables.ts");
  const { makeReport } = await import("../report/report.ts");
  const { COMPARISONS, comparePublished, serializeComparisons } = await import(
    "../report/comparisons_csv.ts"
  );
  const { formatCsv } = await import("../run/csv.ts");
  const { countErrors } = await import("../run/error_counts.ts");
  const { ERROR_COLUMNS } = await import("../run/rows.ts");
  const { ERRORS, readRunFolder } = await import("../run/run_record.ts");
  const { checkSums } = await import("../run/sums.ts");
  const { checkWhole } = await import("../run/verify_folder.ts");
  const write = (line: string) => out.write(`${line}\n`);
  const catalog = await asUsageError(() => loadIterations());
  const folder = join(root, REFERENCE);
  const record = readRunFolder(folder);
  const problems = record === undefined ? [] : checkWhole(folder, record, catalog);
  if (problems.length > 0) {
    problems.forEach((problem) => write(`${folder}: ${problem}`));
    return EXIT.failed;
  }
  const test = record && await loadTestLabels(record.manifest);
  if (typeof test === "string") {
    write(`${folder}: ${ERRORS} and ${COMPARISONS} are left as they are: ${test}`);
  }
  const counted = record === undefined || test === undefined || typeof test === "string"
    ? record
    : { ...record, errors: countErrors(folder, record.trials, test) };
  const report = counted && makeReport(counted, catalog, counted);
  const files = publishedFiles(root, report, {
    ...(counted === undefined || test === undefined || typeof test === "string" ? {} : {
      [ERRORS]: formatCsv(ERROR_COLUMNS, counted.errors ?? []),
      [COMPARISONS]: serializeComparisons(comparePublished(folder, counted, test)),
    }),
  });
  // Whoever renews the digests sees which results are others than those that they were made for.
  if (!check && record !== undefined) checkSums(folder).forEach((problem) => write(`${folder}: ${problem}`));
  return check ? checkFiles(files, { write, command: "deno task tables" }) : updateFiles(files, write);
}

if (import.meta.main) Deno.exit(await main(Deno.args));
