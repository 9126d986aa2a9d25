/**
 * How the trials of each iteration are spread, and how far their means and shares are known.
 *
 * @module
 */
import {
  formatInterval,
  formatMedian,
  formatP,
  formatPercent,
  formatPoints,
  MISSING,
} from "../command_line/format.ts";
import { TARGET_ACCURACY } from "../run/summary.ts";
import { columns, type Report, type Table, trialCount } from "./report.ts";

const TARGET = `${formatPercent(TARGET_ACCURACY, 1)} %`;

/** Final test accuracy: the range, the two kinds of uncertainty, and what best epoch and training set add to it. */
export function spreadTable(report: Report): Table {
  return {
    columns: columns(
      "> Iteration",
      "> n",
      "> Lowest [%]",
      "> Highest [%]",
      "> SE of seeds [points]",
      "> SE of test images [points]",
      "> Best − final [points]",
      "> Train − test [points]",
    ),
    rows: report.iterations.map(({ summary }) => [
      String(summary.iteration.id),
      trialCount(summary, report.freshSeeds),
      formatPercent(summary.final?.min),
      formatPercent(summary.final?.max),
      formatPercent(summary.standardErrors?.seeds, 3),
      formatPercent(summary.standardErrors?.images, 3),
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
      const { trials, reached, epochToTargetMedian, epochToTargetRange } = summary;
      return [
        String(summary.iteration.id),
        formatP(summary.pAboveTarget),
        `${reached} of ${trials.length}`,
        formatInterval(summary.reachedInterval),
        reached === 0
          ? MISSING
          : epochToTargetMedian === undefined
          ? "never"
          : formatMedian(epochToTargetMedian),
        epochToTargetRange === undefined
          ? MISSING
          : `${epochToTargetRange.low} to ${epochToTargetRange.high}`,
        String(trials.length - reached),
      ];
    }),
  };
}

/** What the columns of `spreadTable` mean. */
export const SPREAD_NOTE =
  "Final test accuracy over the completed trials. SE of seeds: SD/√n, which more seeds make smaller; SE of test " +
  "images: binomial, which they do not. Best − final: what choosing the epoch with the test set adds. Train − test: " +
  "in the last epoch; training accuracy is measured on augmented images with dropout, so it may be the lower one.";

/** What the columns of `targetTable` mean. */
export const TARGET_NOTE =
  "p: one-sided t test that the mean final accuracy of the completed trials is above it. Share: Wilson's interval. A trial that diverged or failed counts as " +
  "not reached; the median is over all trials, the range over those that reached it.";
