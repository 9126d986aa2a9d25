/**
 * The field as tables and text: `results/field/SUMMARY.md`, and the README's table of the best.
 *
 * @module
 */
import {
  formatCount,
  formatInterval,
  formatMean,
  formatNumberList,
  formatPercent,
  plural,
} from "../command_line/format.ts";
import { wrap } from "../command_line/wrap.ts";
import { bestForSize, type Field, type FieldEntry, loggedTraining } from "../field/judge_field.ts";
import { overviewOf } from "../field/overview.ts";
import { CLAIM_WORDS, type ClaimFinding } from "../judge/claims/finding.ts";
import { CLAIM_RULE } from "../judge/claims/prediction.ts";
import { entriesText, findingInShort, overviewSentences } from "./field_findings.ts";
import { layOut, type Screen } from "./layout.ts";
import { escapeMarkdown, serializeTable } from "./markdown.ts";
import { columns, QUICK_WARNING, runTitle, type Table } from "./report.ts";

/** How many entries the README shows. */
const BEST_COUNT = 10;
/** The plot's name, without theme and extension. */
export const FIELD_PLOT = "accuracy-parameters";

/** The best for their size, with what the field shows in short. */
export function bestNote(field: Field): string {
  const finding = findingInShort(overviewOf(field.entries)), unfinished = missingSentence(field);
  return [
    ...(finding === undefined ? [] : [escapeMarkdown(finding)]),
    ...(unfinished === undefined ? [] : [unfinished]),
    `All ${
      entriesText(field.entries.length)
    }, published final accuracies and sources: [results/field](results/field/SUMMARY.md).`,
  ].join(" ");
}

/** The best for their size. */
export function bestTable({ entries }: Field): Table {
  return {
    columns: columns(
      "Entry",
      "> Parameters",
      "> Epochs",
      "> Published best [%]",
      "> Measured final [%]",
      "> n",
      "Engine",
      "Best against best",
    ),
    rows: bestForSize(entries, BEST_COUNT).map((entry) => {
      const { iteration: { title, parameters, claim, training }, summary } = entry;
      return [
        title,
        formatCount(parameters),
        String(training.epochs),
        published(claim?.bestTestAccuracy),
        formatMean(summary.final),
        countOf(entry),
        entry.engine.name,
        verdictText(entry, entry.best),
      ];
    }),
  };
}

/** Every entry, by parameters. */
export function fieldTable({ entries }: Field): Table {
  return {
    columns: columns(
      "> Entry",
      "Name",
      "> Parameters",
      "> Epochs",
      "> n",
      "Engine",
      "> Published best [%]",
      "> Published final [%]",
      "> Measured best [%]",
      "> Measured final [%]",
      "> 95 % interval [%]",
      "Best against best",
      "Final against final",
      "> Logged training [%]",
      "> Measured training [%]",
      "Training against training",
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
        entry.engine.name,
        published(claim?.bestTestAccuracy),
        published(claim?.finalTestAccuracy),
        formatMean(summary.best),
        formatMean(summary.final),
        formatInterval(summary.finalInterval),
        verdictText(entry, entry.best),
        verdictText(entry, entry.final),
        published(loggedTraining(entry.iteration)),
        formatMean(summary.trainAccuracies[training.epochs - 1]),
        verdictText(entry, entry.training),
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
  if (finding !== undefined) return CLAIM_WORDS[finding.verdict];
  return notJudged === undefined ? "nothing published" : CLAIM_WORDS.notJudged;
}

const TABLE_NOTE =
  "●: no other entry has fewer parameters and at least this accuracy. n: completed trials. Best: the highest of all " +
  "epochs, chosen with the test set; final: after the last epoch. Mean ± sample standard deviation, with Student's " +
  "95 % interval of the final mean. A published best is held against best accuracies, a published final against " +
  "final ones; a logged training accuracy is that of the last epoch, as it is counted while training. Left open: what " +
  "the source does not say, and an assumption was taken for; each entry's file lists it.";

/** What measured the field, with how many entries are shown as each measured them. */
function measuredBy({ runs, entries }: Field): string {
  const parts = runs.map(({ engine: { name, version, device } }) => {
    const count = entries.filter(({ engine }) => engine.name === name).length;
    return `${name} ${version}${device === undefined ? "" : ` on ${device}`} (${entriesText(count)})`;
  });
  return `Measured by ${parts.join(" and ")}.${runs.length > 1 ? ` ${ENGINES_NOTE}` : ""}`;
}

/** Which of several engines' measurements is shown. */
const ENGINES_NOTE =
  "Trials of two engines are never counted together: an entry that several have trained is shown as measured by the one " +
  "that completed most trials, of as many by the one whose bits come out again on every machine.";

/** Which recipes have no trial yet; undefined where all have. */
function missingSentence({ recipes, missing }: Field): string | undefined {
  if (missing.length === 0) return undefined;
  const entries = formatNumberList(missing.map(({ entry }) => entry));
  return `${missing.length} of ${plural(recipes, "recipe")} ${
    missing.length === 1 ? "has" : "have"
  } no trials yet; \`deno task field --entries ${entries}\` trains them.`;
}

/** The text of `results/field/SUMMARY.md`. */
export function fieldMarkdown(field: Field): string {
  const { runs, entries, missing } = field, [run] = runs;
  const notJudged = entries.filter((entry) => entry.notJudged !== undefined);
  const unfinished = missingSentence(field);
  return [
    "# The field, trained again",
    `${
      escapeMarkdown(runTitle(run, runs.map(({ engine }) => engine)))
    }. Public entries to the challenge, each as its authors trained it; what could not be written exactly is in [models/field](../../models/field/README.md).`,
    ...(run.quick ? [`**${QUICK_WARNING}**`] : []),
    escapeMarkdown(measuredBy(field)),
    ...(unfinished === undefined ? [] : [`**${unfinished}**`]),
    "## What the field shows",
    overviewSentences(overviewOf(entries)).map((sentence) => `- ${escapeMarkdown(sentence)}`).join("\n"),
    picture("Measured final accuracy against parameters, with the frontier", "plots"),
    "## Entry by entry",
    serializeTable(fieldTable(field)),
    TABLE_NOTE,
    CLAIM_RULE,
    ...(notJudged.length === 0 ? [] : [
      "## Not judged",
      notJudged.map(({ iteration: { id, title }, notJudged: reason }) =>
        `- ${id} ${escapeMarkdown(title)}: ${escapeMarkdown(reason!)}`
      ).join("\n"),
    ]),
    ...(missing.length === 0 ? [] : [
      "## Not trained yet",
      missing.map(({ entry, title }) => `- ${entry} ${escapeMarkdown(title)}`).join("\n"),
    ]),
    "## Sources",
    entries.map(({ iteration: { id, source } }) =>
      source === undefined
        ? `- ${id}`
        : `- ${id} [${escapeMarkdown(source.repository)}](https://github.com/${source.repository}), ${
          escapeMarkdown(source.file)
        }`
    ).join("\n"),
    `Every trial is in \`trials.csv\` of its engine's folder, every epoch with its digest in \`epochs.csv\`: ${
      runs.map(({ engine: { name } }) => `[${name}](${name}/SUMMARY.md)`).join(", ")
    }.`,
  ].join("\n\n") + "\n";
}

/** The plot, light or dark as the reader has it; `folder` is where it lies, from the document. */
export function picture(alt: string, folder: string): string {
  return `<picture>
  <source media="(prefers-color-scheme: dark)" srcset="${folder}/${FIELD_PLOT}-dark.svg">
  <img alt="${alt}" src="${folder}/${FIELD_PLOT}-light.svg">
</picture>`;
}

/** Of a screen with no room for a verdict beside the numbers. */
const NARROW = 76;

/** What a person sees. */
export function fieldText(field: Field, screen: Screen): string {
  const { runs, entries } = field, [run] = runs, unfinished = missingSentence(field);
  return [
    wrap(`The field  ${runTitle(run, runs.map(({ engine }) => engine))}`, screen),
    layOut(fieldTable(field), screen, [
      "Left open",
      "Logged training [%]",
      "Measured training [%]",
      "Training against training",
      // the sentences below say it
      "Engine",
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
    wrap(measuredBy(field), screen),
    ...overviewSentences(overviewOf(entries)).map((sentence) => wrap(sentence, screen)),
    ...(unfinished === undefined ? [] : [wrap(unfinished, screen)]),
    ...(run.quick ? [wrap(QUICK_WARNING, screen)] : []),
    "",
  ].join("\n");
}
