/**
 * What a person sees at the end of a run, and after each iteration.
 *
 * @module
 */
import { claimLabel } from "../judge/claims/verdict.ts";
import { formatCount, formatInterval, formatMean, formatPercent, MISSING } from "../command_line/format.ts";
import type { RunIdentity } from "../run/manifest.ts";
import { paint } from "../command_line/paint.ts";
import { TARGET_ACCURACY } from "../run/summary.ts";
import { spreadTable, targetTable } from "./distributions.ts";
import {
  challengeLabel,
  columns,
  criteriaLabel,
  epochToTarget,
  type JudgedIteration,
  QUICK_WARNING,
  type Report,
  runTitle,
  type Table,
  timingTable,
  trialCount,
} from "./report.ts";

const TARGET = `${formatPercent(TARGET_ACCURACY, 1)} %`;

/** The tables at the end of a run. */
export function serializeTerminal(report: Report, options: { readonly color: boolean }): string {
  const { color } = options;
  const heading = (text: string) => paint(text, "bold", color);
  const parts = [
    `${heading("Test accuracy")}  ${runTitle(report.identity)}`,
    layOut(accuracyTable(report), color),
    "Best: the highest of all epochs, chosen with the test set. ±: sample standard deviation over n trials;",
    "interval: Student's, of the mean.",
    "",
    ...(report.identity.quick ? [] : [
      `${heading("Spread")}  of the final accuracy; SE: standard error of the mean`,
      layOut(spreadTable(report), color),
      "",
      `${heading(`Reaching ${TARGET}`)}  trials that diverged or failed count as not reached`,
      layOut(targetTable(report), color),
      "",
    ]),
    ...(report.identity.quick ? [] : [heading("Verdicts"), layOut(verdictTable(report), color), ""]),
    `${heading("Timing")}  per trial, with others beside it where several train at once; evaluation apart`,
    layOut(timingTable(report), color),
  ];
  if (report.identity.quick) parts.push("", paint(QUICK_WARNING, "yellow", color));
  return parts.join("\n") + "\n";
}

/** What is said of an iteration when its trials have all ended: result, verdicts, and what failed. */
export function iterationLines(
  { summary, verdicts }: JudgedIteration,
  options: { readonly color: boolean; readonly run: RunIdentity },
): string {
  const { color, run } = options;
  const { final, parameters, reached, trials } = summary;
  const { status, criteria } = verdicts.criteria;
  const style = STATUS_STYLES[status];
  const result = [
    `${paint(STATUS_MARKS[status], style, color)} iteration ${summary.iteration.id}`,
    ...(parameters === undefined ? [] : [`${formatCount(parameters)} parameters`]),
    `final ${final?.n === 1 ? formatPercent(final.mean) : formatMean(final)} % (n = ${trials.length})`,
    `${TARGET} ${reached === 0 ? "not reached" : `at ${epochToTarget(summary)}`}`,
  ].join("  ");
  const failed = criteria.filter((criterion) => criterion.status === "failed");
  const judged = [
    paint(`criteria ${criteriaLabel(verdicts.criteria)}`, style, color),
    ...failed.map((criterion) => `  ${criterion.detail}`),
    `challenge ${challengeLabel(verdicts.challenge)}  claim ${claimLabel(verdicts.claim)}`,
  ].map((line) => `    ${line}`);
  return [result, ...(run.quick && failed.length === 0 ? [] : judged), ""].join("\n");
}

const STATUS_MARKS = { met: "✓", failed: "✗", notJudged: "·" } as const;
const STATUS_STYLES = { met: "green", failed: "red", notJudged: "dim" } as const;

/** The summary in two tables, each narrow enough for a terminal; the claims themselves are in SUMMARY.md. */
function accuracyTable(report: Report): Table {
  return {
    columns: columns(
      "> Iteration",
      "> Parameters",
      "> n",
      "> Final [%]",
      "> 95 % interval [%]",
      "> Best (optimistic) [%]",
      `> Epoch to ${TARGET}`,
    ),
    rows: report.iterations.map(({ summary }) => [
      String(summary.iteration.id),
      summary.parameters === undefined ? MISSING : formatCount(summary.parameters),
      trialCount(summary, report.freshSeeds),
      formatMean(summary.final),
      formatInterval(summary.finalInterval),
      formatMean(summary.best),
      epochToTarget(summary),
    ]),
  };
}

function verdictTable(report: Report): Table {
  return {
    columns: columns("> Iteration", "Criteria", "Challenge", "Claim"),
    rows: report.iterations.map(({ summary, verdicts }) => [
      String(summary.iteration.id),
      criteriaLabel(verdicts.criteria),
      challengeLabel(verdicts.challenge),
      claimLabel(verdicts.claim),
    ]),
  };
}

/** Columns two spaces apart, the header dim. */
export function layOut({ columns, rows }: Table, color: boolean): string {
  const widths = columns.map(({ title }, index) =>
    Math.max(title.length, ...rows.map((row) => row[index].length))
  );
  const line = (cells: readonly string[]) =>
    cells.map((cell, index) =>
      columns[index].align === "right" ? cell.padStart(widths[index]) : cell.padEnd(widths[index])
    ).join("  ").trimEnd();
  return [paint(line(columns.map(({ title }) => title)), "dim", color), ...rows.map(line)].join("\n");
}
