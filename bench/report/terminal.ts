/**
 * What a person sees at the end of a run, and after each iteration.
 *
 * @module
 */
import { claimLabel } from "../judge/claims/verdict.ts";
import { formatCount, formatInterval, formatMean, formatPercent, MISSING } from "../command_line/format.ts";
import type { RunIdentity } from "../run/manifest.ts";
import { paint } from "../command_line/paint.ts";
import { wrap } from "../command_line/wrap.ts";
import type { Distribution } from "../statistics/mod.ts";
import { TARGET_ACCURACY } from "../run/summary.ts";
import { layOut, type Screen } from "./layout.ts";
import { spreadTable, targetTable } from "./distributions.ts";
import {
  challengeLabel,
  columns,
  criteriaLabel,
  epochToTarget,
  FALSE_ALARM_NOTE,
  isDerived,
  type JudgedIteration,
  QUICK_WARNING,
  type Report,
  runTitle,
  saidOf,
  type Table,
  timingTable,
  trialCount,
  unknownEpochsNote,
  validationNote,
} from "./report.ts";

const TARGET = `${formatPercent(TARGET_ACCURACY, 1)} %`;

const BEST_NOTE =
  "Best: the highest of all epochs, chosen with the test set. ±: sample standard deviation over n trials; " +
  "interval: Student's, of the mean.";

/** Said below a quick run's table, where published results stand beside it. */
const WHOLE_RUN_NOTE =
  "Whole run: the published final accuracy of the same layers and training, on all data.";

/** The tables at the end of a run; `wholeRuns` holds published final accuracies, for a quick one to be seen beside. */
export function serializeTerminal(
  report: Report,
  screen: Screen,
  wholeRuns: ReadonlyMap<number, Distribution> = new Map(),
): string {
  const { color } = screen;
  const heading = (title: string, text: string) => wrap(`${paint(title, "bold", color)}${text}`, screen);
  const parts = [
    heading("Test accuracy", `  ${runTitle(report.identity)}`),
    layOut(accuracyTable(report, wholeRuns), screen, [
      "Best (optimistic) [%]",
      "Parameters",
      "95 % interval [%]",
    ]),
    wrap(BEST_NOTE, screen),
    ...unknownEpochsNote(report).map((note) => wrap(note, screen)),
    ...(wholeRuns.size === 0 ? [] : [wrap(WHOLE_RUN_NOTE, screen)]),
    "",
    ...(report.identity.quick ? [] : [
      heading("Spread", "  of the final accuracy; SE: standard error of the mean"),
      layOut(spreadTable(report), screen, [
        "Train − test [points]",
        "Best − final [points]",
        "SE of seeds [points]",
        "Highest [%]",
        "Lowest [%]",
      ]),
      "",
      heading(`Reaching ${TARGET}`, "  trials that diverged or failed count as not reached"),
      layOut(targetTable(report), screen, ["Not reached", "Earliest to latest", "Median epoch"]),
      "",
      heading(
        "Verdicts",
        report.iterations.some(({ verdicts }) => isDerived(verdicts.criteria))
          ? `  criteria by the reference: ${FALSE_ALARM_NOTE}`
          : "",
      ),
      layOut(verdictTable(report), screen),
      "",
    ]),
    heading("Timing", "  per trial, with others beside it where several train at once; evaluation apart"),
    layOut(timingTable(report), screen, ["Evaluation [s]"]),
  ];
  if (report.identity.quick) parts.push("", wrap(paint(QUICK_WARNING, "yellow", color), screen));
  const notes = validationNote(report.identity).map((line) => `\n${wrap(line, screen)}\n`);
  return `${saidOf(report.identity, parts.join("\n"))}\n${notes.join("")}`;
}

/** What is said of an iteration when its trials have all ended: result, verdicts, and what failed. */
export function iterationLines(
  { summary, verdicts }: JudgedIteration,
  options: Screen & { readonly run: RunIdentity },
): string {
  const { color, run } = options;
  const { final, parameters, target, reachedAtEnd, trials } = summary, n = final?.n ?? 0;
  const { status, criteria } = verdicts.criteria;
  const style = STATUS_STYLES[status];
  const result = [
    `${paint(STATUS_MARKS[status], style, color)} iteration ${summary.iteration.id}`,
    ...(parameters === undefined ? [] : [`${formatCount(parameters)} parameters`]),
    `final ${n === 1 ? formatPercent(final?.mean) : formatMean(final)} % (n = ${
      n === trials.length ? n : `${n} of ${trials.length}`
    })`,
    `${TARGET} ${
      target === undefined
        ? `at the end (${reachedAtEnd.count} of ${trials.length})`
        : `${target.median === "never" ? "" : "at "}${epochToTarget(summary)}`
    }`,
  ].join("  ");
  const failed = criteria.filter((criterion) => criterion.status === "failed");
  const judged = [
    paint(`criteria ${criteriaLabel(verdicts.criteria)}`, style, color) +
    (isDerived(verdicts.criteria) ? `  (${FALSE_ALARM_NOTE})` : ""),
    ...failed.map((criterion) => `  ${criterion.detail}`),
    `challenge ${challengeLabel(verdicts.challenge)}  claim ${claimLabel(verdicts.claim)}`,
  ].map((line) => `    ${line}`);
  return wrap([result, ...(run.quick && failed.length === 0 ? [] : judged), ""].join("\n"), options);
}

const STATUS_MARKS = { met: "✓", failed: "✗", notJudged: "·" } as const;
const STATUS_STYLES = { met: "green", failed: "red", notJudged: "dim" } as const;

/** The summary in two tables, each narrow enough for a terminal; the claims themselves are in SUMMARY.md. */
function accuracyTable(report: Report, wholeRuns: ReadonlyMap<number, Distribution>): Table {
  const besideWholeRuns = wholeRuns.size > 0;
  return {
    columns: columns(
      "> Iteration",
      "> Parameters",
      "> n",
      "> Final [%]",
      ...(besideWholeRuns ? ["> Whole run [%]"] : []),
      "> 95 % interval [%]",
      "> Best (optimistic) [%]",
      `> Epoch to ${TARGET}`,
    ),
    rows: report.iterations.map(({ summary }) => [
      String(summary.iteration.id),
      summary.parameters === undefined ? MISSING : formatCount(summary.parameters),
      trialCount(summary, report.freshSeeds),
      formatMean(summary.final),
      ...(besideWholeRuns ? [formatMean(wholeRuns.get(summary.iteration.id))] : []),
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
