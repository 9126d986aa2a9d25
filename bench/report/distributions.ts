/**
 * How the trials of each iteration are spread, and how far their means and shares are known.
 *
 * @module
 */
import { formatInterval, formatP, formatPercent, formatPoints, MISSING } from "../command_line/format.ts";
import type { RunIdentity } from "../run/manifest.ts";
import { TARGET_ACCURACY } from "../run/summary.ts";
import { chiSquaredUpperTail, deviationInterval, type Interval, type Unit } from "../statistics/mod.ts";
import { columns, type Report, type Table, trialCount } from "./report.ts";

const TARGET = `${formatPercent(TARGET_ACCURACY, 1)} %`;

/** Final test accuracy: its spread, the two kinds of uncertainty, and what best epoch and training set add to it. */
export function spreadTable(report: Report): Table {
  return {
    columns: columns(
      "> Iteration",
      "> n",
      "> Lowest [%]",
      "> Highest [%]",
      "> SD [points]",
      "> Expected SD [points]",
      "> SE of seeds [points]",
      "> SE of writers [points]",
      "> Best − final [points]",
      "> Train − test [points]",
    ),
    rows: report.iterations.map(({ summary }) => [
      String(summary.iteration.id),
      trialCount(summary, report.freshSeeds),
      formatPercent(summary.final?.min),
      formatPercent(summary.final?.max),
      formatPercent(summary.final?.deviation, 3),
      formatPercent(summary.errors?.expectedDeviation, 3),
      formatPercent(summary.standardErrors?.seeds, 3),
      formatPercent(summary.errors?.ofWriters?.standardError, 3),
      formatPoints(summary.bestGap?.mean),
      formatPoints(summary.trainGap?.mean),
    ]),
  };
}

/** The target: how sure it is that the mean is above it, in how many trials it is reached, and when. */
export function targetTable(report: Report): Table {
  return {
    columns: columns(
      "> Iteration",
      `> p, mean above ${TARGET}`,
      "> Trials reaching it",
      "> Share, 95 % [%]",
      "> Median epoch",
      "> Earliest to latest",
      "> Not reached",
    ),
    rows: report.iterations.map(({ summary }) => {
      const { trials, target } = summary, { count, interval } = target?.reached ?? summary.reachedAtEnd;
      return [
        String(summary.iteration.id),
        formatP(summary.pAboveTarget),
        `${count} of ${trials.length}${target === undefined ? " at the end" : ""}`,
        formatInterval(interval),
        target === undefined || count === 0 ? MISSING : String(target.median),
        target?.range === undefined ? MISSING : `${target.range.low} to ${target.range.high}`,
        target === undefined ? MISSING : String(trials.length - count),
      ];
    }),
  };
}

/** Accuracy of each half of the test set, by who wrote it, and without labels that people doubt. */
export function writersTable(report: Report): Table {
  return {
    columns: columns(
      "> Iteration",
      "> n",
      "> All images [%]",
      "> By students [%]",
      "> By employees [%]",
      "> Without doubted labels [%]",
      "> Writers",
      "> SE of writers [points]",
      "> Binomial SE [points]",
    ),
    rows: report.iterations.map(({ summary }) => {
      const { errors } = summary;
      return [
        String(summary.iteration.id),
        trialCount(summary, report.freshSeeds),
        formatPercent(summary.final?.mean),
        formatPercent(errors?.students?.accuracy),
        formatPercent(errors?.employees?.accuracy),
        formatPercent(errors?.undoubted?.accuracy),
        errors?.ofWriters === undefined ? MISSING : String(errors.ofWriters.count),
        formatPercent(errors?.ofWriters?.standardError, 3),
        formatPercent(summary.standardErrors?.images, 3),
      ];
    }),
  };
}

/** How the spread of trials compares with that of errors that are independent from trial to trial. */
export interface SpreadFinding {
  /** `noise`: shown to be hardly more; `wider`: shown to be more; `unknown`: neither. */
  readonly kind: "noise" | "wider" | "unknown";
  /** Of the deviation to the expected one. */
  readonly ratio: number;
  /** Of that ratio, at 95 %. */
  readonly interval: Interval;
}

/**
 * The deviation of trials against the one that independent errors give.
 *
 * More is shown by a one-sided χ² test at `EXPECTED_LEVEL`. A test that finds nothing shows nothing: that it is hardly
 * more takes an interval of the deviation that ends below `MOST_OF_NOISE` times the expected one. `unit` is that of the
 * values.
 */
export function findSpread(
  { n, deviation }: { readonly n: number; readonly deviation: number },
  { expected, unit }: Unit & { readonly expected: number },
): SpreadFinding {
  const ratio = deviation / expected, { low, high } = deviationInterval({ n, deviation }, { unit })!;
  const interval = { low: low / expected, high: high / expected };
  const isWider = chiSquaredUpperTail((n - 1) * ratio * ratio, n - 1) < EXPECTED_LEVEL;
  return { kind: isWider ? "wider" : interval.high < MOST_OF_NOISE ? "noise" : "unknown", ratio, interval };
}

/** Which iterations spread as independent errors would, which more, and of which it is not known; none without any. */
export function expectedSpreadNote({ iterations, identity: { dataset } }: Report): string | undefined {
  const known = iterations.flatMap(({ summary: { iteration, final, errors } }) => {
    const expected = errors?.expectedDeviation;
    if (final?.deviation === undefined || expected === undefined || expected === 0) return [];
    const { n, deviation } = final;
    return [{
      id: iteration.id,
      ...findSpread({ n, deviation }, { expected, unit: 1 / dataset.testImages }),
    }];
  });
  const sentence = (
    kind: SpreadFinding["kind"],
    words: (names: string, found: typeof known) => string,
  ) => {
    const found = known.filter((each) => each.kind === kind), last = found.length - 1;
    if (found.length === 0) return [];
    const ids = found.map(({ id }, at) => at === 0 ? id : `${at === last ? " and" : ","} ${id}`).join("");
    return [words(found.length === 1 ? `iteration ${ids} spreads` : `iterations ${ids} spread`, found)];
  };
  const parts = [
    ...sentence(
      "noise",
      (names) =>
        `${names} less than √2 times as much as that, so at least half of the variance is noise: to choose a seed there is to buy it`,
    ),
    ...sentence(
      "unknown",
      (names, found) =>
        `whether ${names} more than that is not shown: ${
          rangeOf(found.flatMap(({ interval: { low, high } }) => [low, high]))
        } times as much`,
    ),
    ...sentence(
      "wider",
      (names, found) =>
        `${names} ${rangeOf(found.map(({ ratio }) => ratio))} times as much: some of ${
          found.length === 1 ? "its" : "their"
        } seeds train worse networks`,
    ),
  ].join("; ");
  if (parts === "") return undefined;
  return `${parts[0].toUpperCase()}${parts.slice(1)} (χ² test at ${
    formatPercent(EXPECTED_LEVEL, 0)
  } %, intervals of the SD at 95 %).`;
}

/** `3.2`, `2.4 to 3.2`. */
function rangeOf(values: readonly number[]): string {
  return [...new Set([Math.min(...values), Math.max(...values)].map((value) => value.toFixed(1)))].join(
    " to ",
  );
}

const EXPECTED_LEVEL = 0.05;
/** With so many times the deviation half of the variance is the seeds' own. */
const MOST_OF_NOISE = Math.SQRT2;

/** What the columns of `writersTable` mean. */
export function writersNote({ dataset, validation }: RunIdentity): string {
  const who = dataset.name === "mnist" && validation === undefined
    ? "High-school students wrote one half of MNIST's test images, employees of the Census Bureau the other (HSF series 4 and 0)."
    : "Students are of a high school (HSF series 4), employees of the Census Bureau (the other series).";
  return `Mean final accuracy over the completed trials. ${who} ${WRITERS_ERRORS}`;
}

const WRITERS_ERRORS = "Doubted labels: 15 that fewer than three of five people " +
  "chose (Northcutt et al. 2021). SE of writers: the images of one writer are not independent, so other test images " +
  "are other writers; the binomial SE takes every image for one of its own and is too small.";

/** What the columns of `spreadTable` mean. */
export const SPREAD_NOTE =
  "Final test accuracy over the completed trials. Expected SD: what errors would give that are independent from trial " +
  "to trial on every image (Jordan 2023). SE of seeds: SD/√n, which more seeds make smaller; SE of writers: for other " +
  "test images, clustered by writer, which they do not. Best − final: what choosing the epoch with the test set adds. Train − test: " +
  "in the last epoch; training accuracy is measured on augmented images with dropout, so it may be the lower one.";

/** What the columns of `targetTable` mean. */
export const TARGET_NOTE =
  "p: one-sided t test that the mean final accuracy of the completed trials is above it. Share: Wilson's interval. A trial that diverged or failed counts as " +
  "not reached; the median is over all trials, the range over those that reached it.";
