/**
 * The files of a run that follow from its rows, its predictions and the test labels.
 *
 * @module
 */
import type { Iteration } from "../../models/iteration.ts";
import { countConfusion } from "../run/confusion.ts";
import { countErrors } from "../run/error_counts.ts";
import { formatCsv } from "../run/csv.ts";
import { CONFUSION_COLUMNS, ERROR_COLUMNS } from "../run/rows.ts";
import { CONFUSION, ERRORS, type RunRecord } from "../run/run_record.ts";
import type { TestLabels } from "../run/test_labels.ts";
import { CLAIMS, serializeClaims } from "./claims.ts";
import { serializeCsv } from "./csv.ts";
import { serializeMarkdown } from "./markdown.ts";
import { makeReport, type Report } from "./report.ts";

/** Their names, in the order in which they are made. */
export const DERIVED_FILES: readonly string[] = [CONFUSION, ERRORS, "summary.csv", "SUMMARY.md", CLAIMS];

/**
 * Makes them one by one, and at last gives what they were made from.
 *
 * @throws {UsageError} If a predictions file does not hold a digit for every label.
 */
export function* deriveFiles(
  path: string,
  record: RunRecord,
  { catalog, test, references }: {
    readonly catalog: readonly Iteration[];
    readonly test: TestLabels;
    /** The published results, which criteria are derived from. */
    readonly references: readonly RunRecord[];
  },
): Generator<{ readonly file: string; readonly text: string }, Report> {
  const confusion = countConfusion(path, record.trials, test.labels);
  yield { file: CONFUSION, text: formatCsv(CONFUSION_COLUMNS, confusion) };
  const errors = countErrors(path, record.trials, test);
  yield { file: ERRORS, text: formatCsv(ERROR_COLUMNS, errors) };
  const report = makeReport({ ...record, confusion, errors }, catalog, { references });
  yield { file: "summary.csv", text: serializeCsv(report) };
  yield { file: "SUMMARY.md", text: serializeMarkdown(report) };
  yield { file: CLAIMS, text: serializeClaims(report.claims) };
  return report;
}
