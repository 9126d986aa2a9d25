/**
 * The files of a run that follow from its rows, its predictions and the test labels.
 *
 * @module
 */
import type { Iteration } from "../../models/iteration.ts";
import { countConfusion } from "../run/confusion.ts";
import { formatCsv } from "../run/csv.ts";
import { CONFUSION_COLUMNS } from "../run/rows.ts";
import { CONFUSION, type RunRecord } from "../run/run_record.ts";
import { CLAIMS, serializeClaims } from "./claims.ts";
import { serializeCsv } from "./csv.ts";
import { serializeMarkdown } from "./markdown.ts";
import { makeReport, type Report } from "./report.ts";

/** Their names, in the order in which they are made. */
export const DERIVED_FILES: readonly string[] = [CONFUSION, "summary.csv", "SUMMARY.md", CLAIMS];

/**
 * Makes them one by one, and at last gives what they were made from.
 *
 * @throws {UsageError} If a predictions file does not hold a digit for every label.
 */
export function* deriveFiles(
  path: string,
  record: RunRecord,
  { catalog, testLabels }: { readonly catalog: readonly Iteration[]; readonly testLabels: Uint8Array },
): Generator<{ readonly file: string; readonly text: string }, Report> {
  const confusion = countConfusion(path, record.trials, testLabels);
  yield { file: CONFUSION, text: formatCsv(CONFUSION_COLUMNS, confusion) };
  const report = makeReport({ ...record, confusion }, catalog);
  yield { file: "summary.csv", text: serializeCsv(report) };
  yield { file: "SUMMARY.md", text: serializeMarkdown(report) };
  yield { file: CLAIMS, text: serializeClaims(report.claims) };
  return report;
}
