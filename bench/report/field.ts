/**
 * The field as tables and text: `results/field/SUMMARY.md`, and the README's table of the best.
 *
 * @module
 */
import {
  formatCount,
  formatInterval,
  formatMean,
  formatP,
  formatPercent,
  formatPoints,
  plural,
} from "../command_line/format.ts";
import {
  bestForSize,
  type FieldEntry,
  type FieldOverview,
  type MeanGap,
  overviewOf,
} from "../field/judge_field.ts";
import { CLAIM_WORDS, type ClaimFinding } from "../judge/claims/finding.ts";
import { CLAIM_RULE } from "../judge/claims/prediction.ts";
import { CHALLENGE } from "../judge/judge.ts";
import type { RunIdentity } from "../run/manifest.ts";
import { layOut, type Screen, wrap } from "./layout.ts";
import { escapeMarkdown, serializeTable } from "./markdown.ts";
import { columns, QUICK_WARNING, runTitle, type Table } from "./report.ts";

/** How many entries the README shows. */
const BEST_COUNT = 10;
/** The plot's name, without theme and extension. */
export const FIELD_PLOT = "accuracy-parameters";

const TARGET = `${formatPercent(CHALLENGE.accuracy, 1)} %`;

/** The best for their size. */
export function bestTable(entries: readonly FieldEntry[]): Table {
  return {
    columns: columns(
      "Entry",
      "> Parameters",
      "> Published best [%]",
      "> n",
      "> Measured final [%]",
      "> Epochs",
      "Best against best",
      "Final against final",
    ),
    rows: bestForSize(entries, BEST_COUNT).map((entry) => {
      const { iteration: { title, parameters, claim, training }, summary } = entry;
      return [
        title,
        formatCount(parameters),
        published(claim?.bestTestAccuracy),
        countOf(entry),
        formatMean(summary.final),
        String(training.epochs),
        verdictText(entry, entry.best),
        verdictText(entry, entry.final),
      ];
    }),
  };
}

/** Every entry, by parameters. */
export function fieldTable(entries: readonly FieldEntry[]): Table {
  return {
    columns: columns(
      "> Entry",
      "Name",
      "> Parameters",
      "> Epochs",
      "> n",
      "> Published best [%]",
      "> Published final [%]",
      "> Measured best [%]",
      "> Measured final [%]",
      "> 95 % interval [%]",
      "Best against best",
      "Final against final",
      "> Left open",
    ),
    rows: [...entries].sort((a, b) => a.iteration.parameters - b.iteration.parameters).map((entry) => {
      const { iteration: { id, title, parameters, claim, training, unclear }, summary, rank } = entry;
      return [
        String(id),
        rank === 0 ? `${title} ●` : title,
        formatCount(parameters),
        String(training.epochs),
        countOf(entry),
        published(claim?.bestTestAccuracy),
        published(claim?.finalTestAccuracy),
        formatMean(summary.best),
        formatMean(summary.final),
        formatInterval(summary.finalInterval),
        verdictText(entry, entry.best),
        verdictText(entry, entry.final),
        String(unclear?.length ?? 0),
      ];
    }),
  };
}

function countOf({ summary: { completed, trials } }: FieldEntry): string {
  return completed.length === trials.length
    ? String(trials.length)
    : `${completed.length} of ${trials.length}`;
}

const published = (accuracy: number | undefined) => formatPercent(accuracy);

function verdictText({ notJudged }: FieldEntry, finding: ClaimFinding | undefined): string {
  if (notJudged !== undefined) return CLAIM_WORDS.notJudged;
  return finding === undefined ? "nothing published" : CLAIM_WORDS[finding.verdict];
}

const TABLE_NOTE =
  "●: no other entry has fewer parameters and at least this accuracy. n: completed trials. Best: the highest of all " +
  "epochs, chosen with the test set; final: after the last epoch. Mean ± sample standard deviation, with Student's " +
  "95 % interval of the final mean. A published best is held against best accuracies, a published final against " +
  "final ones. Left open: what the source does not say, and an assumption was taken for; each entry's file lists it.";

/** What the field shows, a sentence for each thing. */
export function overviewSentences(overview: FieldOverview): string[] {
  const { entries, judged, total, epochChoice, runChoice, above, below, unusedSchedules } = overview;
  if (judged === 0 || total === undefined || epochChoice === undefined || runChoice === undefined) {
    return [
      `Of ${
        plural(entries, "entry").replace("entrys", "entries")
      } none has two trials and a claim that can be judged yet.`,
    ];
  }
  const of = judged === 1 ? "1 entry" : `${judged} entries`;
  return [
    `Published best accuracies lie ${
      gap(total)
    } above what the same recipes give after their last epoch, on average over ${of} that can be judged.`,
    `Choosing the epoch with the test set explains ${
      gap(epochChoice)
    } of that: it is what the best epoch of an ordinary trial has more than its last.`,
    `The rest, ${
      gap(runChoice)
    }, is what the published run had more than an ordinary trial's best epoch: luck, the choice of the run, and what their run had that these files do not say. ` +
    `${above} of the published best accuracies are above the mean of the measured ones and ${below} below; fair draws would give half of each (sign test, ${
      pWords(overview.signP)
    }).`,
    `${
      plural(overview.publishedTarget, "judged entry").replace("entrys", "entries")
    } published at least ${TARGET}; the measured mean final accuracy of ${overview.confirmedTarget} of them is that high, and of ${overview.measuredTarget} of all ${entries}.`,
    ...(unusedSchedules.length === 0 ? [] : [
      `${
        unusedSchedules.length === 1 ? "1 entry builds" : `${unusedSchedules.length} entries build`
      } a learning rate schedule that is never stepped, and trained without. What stepping it would have given, paired by seed: ${
        unusedSchedules.map(({ iteration: { title }, stepping }) =>
          `${title} ${stepping === undefined ? "not measured yet" : gap(stepping)}`
        ).join("; ")
      }.`,
    ]),
  ];
}

function pWords(p: number): string {
  const text = formatP(p);
  return text.startsWith("<") ? `p ${text}` : `p = ${text}`;
}

function gap({ mean, interval }: MeanGap): string {
  const range = interval === undefined
    ? ""
    : ` (95 %: ${formatPoints(interval.low)} to ${formatPoints(interval.high)})`;
  return `${formatPoints(mean)} points${range}`;
}

/** The text of `results/field/SUMMARY.md`. */
export function fieldMarkdown(entries: readonly FieldEntry[], identity: RunIdentity): string {
  const notJudged = entries.filter((entry) => entry.notJudged !== undefined);
  return [
    "# The field, trained again",
    `${
      escapeMarkdown(runTitle(identity))
    }. Public entries to the challenge, each as its authors trained it; what could not be written exactly is in [models/field](../../models/field/README.md).`,
    ...(identity.quick ? [`**${QUICK_WARNING}**`] : []),
    "## What the field shows",
    overviewSentences(overviewOf(entries)).map((sentence) => `- ${escapeMarkdown(sentence)}`).join("\n"),
    picture("Measured final accuracy against parameters, with the frontier", "plots"),
    "## Entry by entry",
    serializeTable(fieldTable(entries)),
    TABLE_NOTE,
    CLAIM_RULE,
    ...(notJudged.length === 0 ? [] : [
      "## Not judged",
      notJudged.map(({ iteration: { id, title }, notJudged: reason }) =>
        `- ${id} ${escapeMarkdown(title)}: ${escapeMarkdown(reason!)}`
      ).join("\n"),
    ]),
    "## Sources",
    entries.map(({ iteration: { id, source } }) =>
      source === undefined
        ? `- ${id}`
        : `- ${id} [${escapeMarkdown(source.repository)}](https://github.com/${source.repository}), ${
          escapeMarkdown(source.file)
        }`
    ).join("\n"),
    "Every trial is in `trials.csv`, every epoch with its digest in `epochs.csv`.",
  ].join("\n\n") + "\n";
}

function picture(alt: string, folder: string): string {
  return `<picture>
  <source media="(prefers-color-scheme: dark)" srcset="${folder}/${FIELD_PLOT}-dark.svg">
  <img alt="${alt}" src="${folder}/${FIELD_PLOT}-light.svg">
</picture>`;
}

/** Of a screen with no room for a verdict beside the numbers. */
const NARROW = 76;

/** What a person sees. */
export function fieldText(entries: readonly FieldEntry[], identity: RunIdentity, screen: Screen): string {
  return [
    wrap(`The field  ${runTitle(identity)}`, screen),
    layOut(fieldTable(entries), screen, [
      "Left open",
      "Measured best [%]",
      "Published final [%]",
      "95 % interval [%]",
      "Epochs",
      "n",
      "Final against final",
      "Entry",
      // names are broken into lines rather than that these are left out, where there is room for that
      ...((screen.width ?? Infinity) < NARROW ? ["Best against best", "Published best [%]"] : []),
    ]),
    "",
    ...overviewSentences(overviewOf(entries)).map((sentence) => wrap(sentence, screen)),
    ...(identity.quick ? [wrap(QUICK_WARNING, screen)] : []),
    "",
  ].join("\n");
}
