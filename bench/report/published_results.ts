/**
 * All that is published, made anew from the committed results: README.md's tables and each folder's own files.
 *
 * @module
 */
import { join, relative } from "node:path";
import type { Iteration } from "../../models/iteration.ts";
import { asUsageError } from "../command_line/errors.ts";
import { ABLATIONS, FIELD, RECORDS, REFERENCE } from "../command_line/needs.ts";
import { findFieldRuns } from "../field/field_runs.ts";
import { measurePublishedEffects } from "../ablate/effects.ts";
import { judgeField } from "../field/judge_field.ts";
import { type CheckedRecord, checkRecord } from "../records/check_record.ts";
import { findRecords } from "../run/find_records.ts";
import { readSearches } from "../records/published_searches.ts";
import { formatCsv } from "../run/csv.ts";
import { EFFECTS, formatEffects, type MeasuredEffects, recordedEffects } from "../run/effects.ts";
import { countErrors } from "../run/error_counts.ts";
import type { RunIdentity } from "../run/manifest.ts";
import { ERROR_COLUMNS } from "../run/rows.ts";
import { ERRORS, readRunFolder, type RunRecord } from "../run/run_record.ts";
import { checkSums } from "../run/sums.ts";
import type { TestLabels } from "../run/test_labels.ts";
import { checkWhole } from "../run/verify_folder.ts";
import { ABLATIONS_FILE, briefEffectsNote, briefEffectsTable, effectsMarkdown } from "./ablations.ts";
import { comparePublished, COMPARISONS, serializeComparisons } from "./comparisons_csv.ts";
import { bestNote, bestTable, fieldMarkdown } from "./field.ts";
import { CLAIMS_DOCUMENT, serializeClaimsDocument } from "./markdown.ts";
import type { PublishedFile } from "./published_files.ts";
import { type NotedTable, publishedFiles, type PublishedFolder } from "./published_tables.ts";
import { briefRecords, RECORDS_FILE, recordsMarkdown } from "./records.ts";
import { makeReport, type Report } from "./report.ts";

/** Where results come from, and whom to tell what is wrong with them. */
export interface PublishedSources {
  /** The project's folder. */
  readonly root: string;
  readonly loadIterations: () => Promise<readonly Iteration[]>;
  /** The public entries. */
  readonly loadField: () => Promise<readonly Iteration[]>;
  /** Labels and writers of the test images; a text says why they are not to be had. */
  readonly loadTestLabels: (dataset: RunIdentity["dataset"]) => Promise<TestLabels | string>;
  /** Whether the folders' digests are to be renewed, so that whoever does it sees what they do not fit. */
  readonly renews: boolean;
  readonly write: (line: string) => void;
}

/** A folder of results does not agree with itself, which was said. */
class BrokenResults extends Error {}

/** A folder's rows, with what its predictions add to them where the test labels are at hand. */
interface Counted {
  readonly record: RunRecord;
  readonly test: TestLabels | undefined;
  /** File name to text. */
  readonly files: Readonly<Record<string, string>>;
}

/** What a folder of results gives. */
interface Part {
  readonly folders: readonly PublishedFolder[];
  /** Of README.md; undefined without results. */
  readonly table?: NotedTable;
}

/** Every published file as the results make it; undefined where a folder of results does not agree with itself. */
export async function publishedResults(sources: PublishedSources): Promise<PublishedFile[] | undefined> {
  try {
    const catalog = await asUsageError(() => sources.loadIterations());
    const { effects, ...ablations } = await ablationsPart(sources, catalog);
    const reference = await referencePart(sources, { catalog, effects });
    const field = await fieldPart(sources);
    const records = await recordsPart(sources, { hasPlot: field.files.length > 0 });
    const parts: readonly Part[] = [reference, ablations, field, records];
    return [
      ...publishedFiles(
        sources.root,
        reference.folders[0]?.report,
        parts.flatMap(({ folders }) => folders),
        { ablations: ablations.table, field: field.table, records: records.table },
      ),
      ...field.files,
      ...records.files,
    ];
  } catch (error) {
    if (error instanceof BrokenResults) return undefined;
    throw error;
  }
}

async function referencePart(
  sources: PublishedSources,
  { catalog, effects }: {
    readonly catalog: readonly Iteration[];
    readonly effects: MeasuredEffects | undefined;
  },
): Promise<Part> {
  const counted = await readCounted(sources, REFERENCE, catalog);
  if (counted === undefined) return { folders: [] };
  const { record, test, files } = counted;
  const report = makeReport(record, catalog, { references: [record], effects });
  const compared = test && comparePublished(join(sources.root, REFERENCE), record, test);
  return folderOf(REFERENCE, report, {
    ...files,
    [CLAIMS_DOCUMENT]: serializeClaimsDocument(report),
    ...(compared && { [COMPARISONS]: serializeComparisons(compared) }),
  });
}

async function ablationsPart(
  sources: PublishedSources,
  catalog: readonly Iteration[],
): Promise<Part & { readonly effects: MeasuredEffects | undefined }> {
  const counted = await readCounted(sources, ABLATIONS, catalog);
  if (counted === undefined) return { folders: [], effects: undefined };
  const { record, test, files } = counted, folder = join(sources.root, ABLATIONS);
  // where the labels are, effects are measured again: whoever trained may not have known the writers
  const effects = test === undefined
    ? recordedEffects(folder, record)
    : measurePublishedEffects(folder, record, test);
  const rows = effects?.rows ?? [];
  return {
    ...folderOf(ABLATIONS, makeReport(record, catalog, { effects }), {
      ...files,
      ...(test && { [EFFECTS]: formatEffects(rows) }),
      [ABLATIONS_FILE]: effectsMarkdown(rows, record),
    }),
    table: rows.length === 0
      ? undefined
      : { table: briefEffectsTable(rows), note: briefEffectsNote(rows, record) },
    effects,
  };
}

async function fieldPart(
  sources: PublishedSources,
): Promise<Part & { readonly files: readonly PublishedFile[] }> {
  const entries = await asUsageError(() => sources.loadField()), { root } = sources;
  const folders: PublishedFolder[] = [], runs: RunRecord[] = [];
  for (const name of findFieldRuns(join(root, FIELD))) {
    const path = join(FIELD, name), counted = await readCounted(sources, path, entries);
    if (counted === undefined) continue;
    const { record, files } = counted;
    if (record.trials.length > 0) runs.push(record);
    folders.push(...folderOf(path, makeReport(record, entries), files).folders);
  }
  if (runs.length === 0) return { folders, files: [] };
  const field = judgeField(runs, entries);
  return {
    folders,
    files: [{ path: join(root, FIELD, "SUMMARY.md"), text: fieldMarkdown(field) }],
    table: { table: bestTable(field), note: bestNote(field) },
  };
}

async function recordsPart(
  sources: PublishedSources,
  options: { readonly hasPlot: boolean },
): Promise<Part & { readonly files: readonly PublishedFile[] }> {
  const { root, write } = sources, folders: PublishedFolder[] = [], records: CheckedRecord[] = [];
  for (const folder of findRecords(join(root, RECORDS))) {
    const path = relative(root, folder), counted = await readCounted(sources, path, []);
    if (counted === undefined) continue;
    folders.push(
      ...folderOf(path, makeReport(counted.record, [], { references: [counted.record] }), counted.files)
        .folders,
    );
    const checked = checkRecord(folder);
    if (typeof checked !== "string") records.push(checked);
    else write(`${folder} is no record: ${checked}`);
  }
  const text = records.length === 0
    ? undefined
    : recordsMarkdown(records, { ...options, searches: readSearches(root) });
  return {
    folders,
    files: text === undefined ? [] : [{ path: join(root, RECORDS, RECORDS_FILE), text }],
    table: briefRecords(records),
  };
}

const folderOf = (path: string, report: Report, extra: PublishedFolder["extra"]): Part => ({
  folders: [{ path, report, extra }],
});

/**
 * A folder of results; undefined where there is none.
 *
 * @throws {BrokenResults} If it does not agree with itself, after saying how.
 */
async function readCounted(
  { root, loadTestLabels, renews, write }: PublishedSources,
  path: string,
  catalog: readonly Iteration[],
): Promise<Counted | undefined> {
  const folder = join(root, path), record = readRunFolder(folder);
  if (record === undefined) return undefined;
  const problems = checkWhole(folder, record, catalog);
  problems.forEach((problem) => write(`${folder}: ${problem}`));
  if (problems.length > 0) throw new BrokenResults();
  if (renews) checkSums(folder).forEach((problem) => write(`${folder}: ${problem}`));
  const test = await loadTestLabels(record.manifest.dataset);
  if (typeof test === "string") {
    write(`${folder}: what takes the test labels is left as it is: ${test}`);
    return { record, test: undefined, files: {} };
  }
  const errors = countErrors(folder, record.trials, test);
  return {
    record: { ...record, errors },
    test,
    files: { [ERRORS]: formatCsv(ERROR_COLUMNS, errors) },
  };
}
