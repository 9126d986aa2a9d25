/**
 * Makes the published tables from the committed results: `deno task tables`, or `--check` to find those that differ.
 *
 * @module
 */
import { join, relative } from "node:path";
import type { Iteration } from "../../models/iteration.ts";
import type { RunIdentity } from "../run/manifest.ts";
import type { TestLabels } from "../run/test_labels.ts";
import { type Command, runCommand } from "../command_line/command.ts";
import { asUsageError } from "../command_line/errors.ts";
import { EXIT } from "../command_line/exit_codes.ts";
import { ABLATIONS, dataNeeds, FIELD, joinNeeds, RECORDS, REFERENCE } from "../command_line/needs.ts";
import type { Streams } from "../command_line/output.ts";
import type { CheckedRecord } from "../records/check_record.ts";
import type { PublishedFolder } from "../report/published_tables.ts";
import type { Report } from "../report/report.ts";
import type { RunRecord } from "../run/run_record.ts";

const HELP = `Makes the tables of README.md, ${REFERENCE}, ${ABLATIONS}, ${FIELD} and
${RECORDS} from the results there.

Usage: deno task tables [flags]

errors.csv and comparisons.csv are counted from predictions, test labels and their writers, and are left as
they are where MNIST or QMNIST's labels are not on this machine.

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
        read: ["README.md", REFERENCE, ABLATIONS, FIELD, RECORDS],
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
  readonly loadTestLabels: (dataset: RunIdentity["dataset"]) => Promise<TestLabels | string>;
  /** The public entries. */
  readonly loadField: () => Promise<readonly Iteration[]>;
}

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
  { root, loadIterations, loadField, loadTestLabels, out }: TablesSurroundings,
): Promise<number> {
  const { judgeField } = await import("../field/judge_field.ts");
  const { ABLATIONS_FILE, effectsMarkdown, effectsTable } = await import("../report/ablations.ts");
  const { bestTable, fieldMarkdown } = await import("../report/field.ts");
  const { RECORDS_FILE, recordsMarkdown } = await import("../report/records.ts");
  const { checkRecord } = await import("../records/check_record.ts");
  const { findRecords } = await import("../records/find_records.ts");
  const { checkFiles, updateFiles } = await import("../report/published_files.ts");
  const { CLAIMS_DOCUMENT, serializeClaimsDocument } = await import("../report/markdown.ts");
  const { publishedFiles } = await import("../report/published_tables.ts");
  const { makeReport } = await import("../report/report.ts");
  const { COMPARISONS, comparePublished, serializeComparisons } = await import(
    "../report/comparisons_csv.ts"
  );
  const { formatCsv } = await import("../run/csv.ts");
  const { countErrors } = await import("../run/error_counts.ts");
  const { ERROR_COLUMNS } = await import("../run/rows.ts");
  const { ERRORS } = await import("../run/run_record.ts");
  const { readPublishedEffects } = await import("../run/effects.ts");
  const write = (line: string) => out.write(`${line}\n`);
  const catalog = await asUsageError(() => loadIterations());
  const record = await readWhole(join(root, REFERENCE), { catalog, check, write });
  const ablations = await readWhole(join(root, ABLATIONS), { catalog, check, write });
  const entries = await asUsageError(() => loadField());
  const field = await readWhole(join(root, FIELD), { catalog: entries, check, write });
  if (record === "broken" || ablations === "broken" || field === "broken") return EXIT.failed;
  const effects = readPublishedEffects(join(root, ABLATIONS));
  const judged = field && judgeField(field, entries);
  const folders: PublishedFolder[] = [];
  /** Takes a folder of results with what is counted from its predictions, where the test labels are at hand. */
  const add = async (
    path: string,
    read: RunRecord,
    report: (counted: RunRecord) => Report,
    extra: (given: {
      readonly record: RunRecord;
      readonly report: Report;
      readonly test: TestLabels | undefined;
    }) => Readonly<Record<string, string>> = () => ({}),
  ) => {
    const folder = join(root, path), found = await loadTestLabels(read.manifest.dataset);
    const test = typeof found === "string" ? undefined : found;
    if (typeof found === "string") {
      write(`${folder}: what takes the test labels is left as it is: ${found}`);
    }
    const counted = test === undefined ? read : { ...read, errors: countErrors(folder, read.trials, test) };
    const made = report(counted);
    const errors: Record<string, string> = test === undefined
      ? {}
      : { [ERRORS]: formatCsv(ERROR_COLUMNS, counted.errors ?? []) };
    folders.push({
      path,
      report: made,
      extra: { ...errors, ...extra({ record: counted, report: made, test }) },
    });
  };
  if (record !== undefined) {
    await add(
      REFERENCE,
      record,
      (counted) => makeReport(counted, catalog, { reference: counted, effects }),
      ({ record, report, test }): Record<string, string> => ({
        [CLAIMS_DOCUMENT]: serializeClaimsDocument(report),
        ...(test && {
          [COMPARISONS]: serializeComparisons(comparePublished(join(root, REFERENCE), record, test)),
        }),
      }),
    );
  }
  const report = folders[0]?.report;
  if (ablations !== undefined) {
    await add(
      ABLATIONS,
      ablations,
      (counted) => makeReport(counted, catalog),
      ({ record }) => ({ [ABLATIONS_FILE]: effectsMarkdown(effects, record) }),
    );
  }
  if (field !== undefined && judged !== undefined) {
    await add(
      FIELD,
      field,
      (counted) => makeReport(counted, entries),
      ({ record: { manifest } }) => ({ "SUMMARY.md": fieldMarkdown(judged, manifest) }),
    );
  }
  const records: CheckedRecord[] = [];
  for (const path of findRecords(root)) {
    const read = await readWhole(path, { catalog: [], check, write });
    if (read === "broken") return EXIT.failed;
    if (read === undefined) continue;
    await add(relative(root, path), read, (counted) => makeReport(counted, []));
    const checked = checkRecord(path);
    if (typeof checked !== "string") records.push(checked);
    else write(`${path} is no record: ${checked}`);
  }
  const files = publishedFiles(root, report, folders, {
    ablations: effects.length === 0 ? undefined : effectsTable(effects),
    field: judged && bestTable(judged),
  });
  if (records.length > 0) {
    files.push({ path: join(root, RECORDS, RECORDS_FILE), text: recordsMarkdown(records) });
  }
  return check ? checkFiles(files, { write, command: "deno task tables" }) : updateFiles(files, write);
}

/** A folder of results that agrees with itself; undefined where there is none, and what is wrong is said. */
async function readWhole(
  folder: string,
  { catalog, check, write }: {
    readonly catalog: readonly Iteration[];
    readonly check: boolean;
    readonly write: (line: string) => void;
  },
): Promise<RunRecord | undefined | "broken"> {
  const { readRunFolder } = await import("../run/run_record.ts");
  const { checkSums } = await import("../run/sums.ts");
  const { checkWhole } = await import("../run/verify_folder.ts");
  const record = readRunFolder(folder);
  if (record === undefined) return undefined;
  const problems = checkWhole(folder, record, catalog);
  problems.forEach((problem) => write(`${folder}: ${problem}`));
  if (problems.length > 0) return "broken";
  // Whoever renews the digests sees which results are others than those that they were made for.
  if (!check) checkSums(folder).forEach((problem) => write(`${folder}: ${problem}`));
  return record;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
