/**
 * `SUMMARY.md` of a run, and the tables that other documents take from it.
 *
 * No timing: the text is the same whenever the same trials are run.
 *
 * @module
 */
import { markdownTable } from "./markdown_table.ts";
import { formatPercent } from "../command_line/format.ts";
import { CLAIM_RULE } from "../judge/claims/prediction.ts";
import { TARGET_ACCURACY } from "../run/summary.ts";
import {
  expectedSpreadNote,
  SPREAD_NOTE,
  spreadTable,
  TARGET_NOTE,
  targetTable,
  writersNote,
  writersTable,
} from "./distributions.ts";
import {
  claimsTable,
  FALSE_ALARM_NOTE,
  headlineTable,
  isDerived,
  QUICK_WARNING,
  type Report,
  runTitle,
  saidOf,
  summaryTable,
  type Table,
  trialsTable,
  unknownEpochsNote,
  validationNote,
  verdictDetails,
} from "./report.ts";

/** The tables that a document can name between its markers. */
export const MARKDOWN_TABLES: Readonly<Record<string, (report: Report) => Table>> = {
  headline: headlineTable,
  summary: summaryTable,
  spread: spreadTable,
  writers: writersTable,
  target: targetTable,
  trials: trialsTable,
  claims: claimsTable,
};

/** A table in Markdown, its columns padded so that the source can be read too. */
export function serializeTable({ columns, rows }: Table): string {
  // As the formatter of this project writes them: no colon where a column is aligned to the left by default.
  return markdownTable([columns.map(({ title }) => title), ...rows.map((row) => row.map(escapeCell))], {
    align: columns.map(({ align }) => align === "right" ? "right" : null),
  });
}

/** The text of `SUMMARY.md`. */
export function serializeMarkdown(report: Report): string {
  const parts = [
    "# Results",
    `${escapeMarkdown(runTitle(report.identity))}.`,
    ...(report.identity.quick ? [`**${QUICK_WARNING}**`] : []),
    ...validationNote(report.identity),
    "## Summary",
    serializeTable(summaryTable(report)),
    "Final: test accuracy after the last epoch. Best: the highest of all epochs, chosen with the test set and so " +
    "optimistic. Mean ± sample standard deviation over the n completed trials, with Student's 95 % interval of the final " +
    "mean; epochs are medians. Criteria are what the project asserts; the challenge is a mean final accuracy of at " +
    "least 99.4 % with fewer than 20,000 parameters in at most 20 epochs.",
    ...unknownEpochsNote(report),
    ...(report.iterations.some(({ verdicts }) => isDerived(verdicts.criteria))
      ? [
        "Criteria are held against the published results of the same recipe: the mean final accuracy against the " +
        `prediction bound for as many trials, trials at the target by Fisher's exact test; ${FALSE_ALARM_NOTE}.`,
      ]
      : []),
    ...freshNote(report),
    "## Spread and uncertainty",
    serializeTable(spreadTable(report)),
    SPREAD_NOTE,
    ...[expectedSpreadNote(report)].filter((note) => note !== undefined),
    ...(hasErrors(report)
      ? ["## Who wrote the test images", serializeTable(writersTable(report)), writersNote(report.identity)]
      : []),
    `## Reaching ${formatPercent(TARGET_ACCURACY, 1)} %`,
    serializeTable(targetTable(report)),
    TARGET_NOTE,
    "## Verdicts",
    report.iterations.map((judged) => {
      const { id, title } = judged.summary.iteration;
      return `- Iteration ${id}, ${escapeMarkdown(title)}\n${
        verdictDetails(judged).map((detail) => `  - ${escapeMarkdown(detail)}`).join("\n")
      }`;
    }).join("\n"),
    ...(claimsTable(report).rows.length === 0
      ? []
      : ["## Published claims", serializeTable(claimsTable(report)), CLAIM_RULE]),
    "## Trials",
    serializeTable(trialsTable(report)),
    "Every trial is listed. `trials.csv` holds the whole digests, `epochs.csv` every epoch.",
  ];
  const notes = validationNote(report.identity);
  return parts.map((part) => notes.includes(part) ? part : saidOf(report.identity, part)).join("\n\n") + "\n";
}

/** Name of the document that holds every published claim against the results. */
export const CLAIMS_DOCUMENT = "CLAIMS.md";

/** Its text. */
export function serializeClaimsDocument(report: Report): string {
  return [
    "# What was published, and what was measured",
    `${escapeMarkdown(runTitle(report.identity))}. \`deno task claims\` prints this of any run.`,
    serializeTable(claimsTable(report)),
    CLAIM_RULE,
  ].join("\n\n") + "\n";
}

/** Whether anything is known of where the errors lie. */
function hasErrors({ iterations }: Report): boolean {
  return iterations.some(({ summary: { errors } }) =>
    errors?.ofWriters !== undefined || errors?.undoubted !== undefined
  );
}

/** What a fresh seed is, where there are any. */
function freshNote({ freshSeeds }: Report): string[] {
  if (freshSeeds.size === 0) return [];
  return ["Fresh: the seed was derived from the hash of the commit that trained it, and so not picked."];
}

function escapeCell(cell: string): string {
  return escapeMarkdown(cell).replaceAll("|", "\\|");
}

/** Text from a results folder as Markdown shows it: without tags, entities, links, pictures and code. */
export function escapeMarkdown(text: string): string {
  return text
    .replace(/&(?=#?\w+;)/g, "&amp;")
    .replace(/<(?=[a-z\/!?])/gi, "&lt;")
    .replace(/[[\]`\\]/g, "\\$&");
}
