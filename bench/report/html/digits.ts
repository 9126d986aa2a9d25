/**
 * Which digits are hard, and what they are taken for.
 *
 * @module
 */
import type { Iteration } from "../../../models/iteration.ts";
import { CLASS_COUNT } from "../../../models/shape.ts";
import { classAccuracy, type Confusion, confusionsOf } from "../../run/confusion.ts";
import { formatPercent, MISSING, plural } from "../../command_line/format.ts";
import type { JudgedIteration } from "../report.ts";
import { type Content, type Markup, markup } from "./markup.ts";
import type { PageData } from "./page_data.ts";
import { notice, scrollBox } from "./parts.ts";

const DIGITS = Array.from({ length: CLASS_COUNT }, (_, digit) => digit);

/** An iteration's trials with their confusion. */
export interface Counted {
  readonly judged: JudgedIteration;
  readonly trials: readonly Confusion[];
}

/** The confusion of every completed trial that has one, by iteration. */
export function countedTrials({ report, confusion }: PageData): Counted[] {
  return report.iterations.map((judged) => ({
    judged,
    trials: confusionsOf(confusion, judged.summary.completed),
  }));
}

/** Per-class accuracy of each iteration. */
export function digitsBody(data: PageData): Content {
  const counted = countedTrials(data);
  if (counted.every(({ trials }) => trials.length === 0)) {
    return notice(
      "Not shown: it needs the predictions of a completed trial and the test labels, or a confusion.csv in the run's folder.",
    );
  }
  const missing = counted.filter(({ judged, trials }) => trials.length < judged.summary.completed.length);
  return [
    missing.length === 0 ? undefined : notice(
      `Without ${
        missing.map(({ judged, trials }) =>
          `${
            plural(judged.summary.completed.length - trials.length, "trial")
          } of iteration ${judged.summary.iteration.id}`
        ).join(", ")
      }: their predictions are missing.`,
    ),
    perClass(counted),
  ];
}

function perClass(counted: readonly Counted[]): Markup {
  const means = counted.map(({ trials }) =>
    DIGITS.map((digit) => mean(trials.map((confusion) => classAccuracy(confusion, digit))))
  );
  const highest = Math.max(...means.flat().map((accuracy) => accuracy === undefined ? 0 : 1 - accuracy));
  const caption = "Test accuracy of each digit, mean over the trials [%]";
  return scrollBox(
    caption,
    markup`<table class="digits"><caption>${caption}</caption>
<thead><tr><th scope="col">Iteration</th>${
      DIGITS.map((digit) => markup`<th scope="col" class="number">${digit}</th>`)
    }</tr></thead>
<tbody>
${
      counted.map(({ judged: { summary: { iteration } } }, index) => [
        markup`<tr><th scope="row">${iteration.id} ${iteration.title}</th>${
          means[index].map((accuracy) => accuracyCell(accuracy, highest))
        }</tr>\n`,
        publishedRow(iteration),
      ])
    }</tbody></table>`,
  );
}

function accuracyCell(accuracy: number | undefined, highestError: number): Markup {
  return accuracy === undefined
    ? markup`<td class="number">${MISSING}</td>`
    : markup`<td class="number"${heat((1 - accuracy) / highestError)}>${formatPercent(accuracy)}</td>`;
}

/** What was claimed of each digit; nothing where nothing was. */
function publishedRow({ id, claim }: Iteration): Markup | undefined {
  const perClass = claim?.perClass;
  if (perClass === undefined) return undefined;
  return markup`<tr class="published"><th scope="row">${id} as published</th>${
    DIGITS.map((digit) => markup`<td class="number">${formatPercent(perClass[digit])}</td>`)
  }</tr>\n`;
}

/** What is taken for what in an iteration: images per trial, averaged over its trials. */
export function matrix({ judged: { summary: { iteration } }, trials }: Counted): Markup {
  const counts = DIGITS.map((label) =>
    DIGITS.map((predicted) => mean(trials.map((confusion) => confusion[label][predicted])) ?? 0)
  );
  const most = Math.max(
    1,
    ...counts.flatMap((row, label) => row.filter((_, predicted) => predicted !== label)),
  );
  const caption = `What iteration ${iteration.id} takes for what, images per trial`;
  return scrollBox(
    caption,
    markup`<table class="matrix"><caption>${caption}</caption>
<thead><tr><td></td>${DIGITS.map((digit) => markup`<th scope="col">${digit}</th>`)}</tr></thead>
<tbody>
${
      counts.map((row, label) =>
        markup`<tr><th scope="row">${label}</th>${
          row.map((count, predicted) =>
            predicted === label
              ? markup`<td class="right">${Math.round(count)}</td>`
              : markup`<td${heat(count / most)}>${shown(count, trials.length)}</td>`
          )
        }</tr>\n`
      )
    }</tbody></table>`,
  );
}

/** Few mistakes with a decimal where trials were averaged, so that one in three trials is not none. */
function shown(count: number, trials: number): string {
  if (count === 0) return "";
  return count < 9.95 && trials > 1 ? count.toFixed(1) : String(Math.round(count));
}

/** The colour of a cell, by square roots, so that a rare mistake still shows. */
function heat(share: number): Markup | undefined {
  const percent = Math.round(Math.sqrt(Math.min(1, share)) * 60);
  return percent > 0 ? markup` style="--heat:${percent}%"` : undefined;
}

function mean(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length;
}
