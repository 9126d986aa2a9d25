/**
 * `report.html`: a run on one page that needs nothing but itself. Plots come first; what few look up is folded.
 *
 * @module
 */
import { formatCount, plural } from "../../command_line/format.ts";
import { CLAIM_WORDS } from "../../judge/claims/finding.ts";
import { CLAIM_RULE } from "../../judge/claims/prediction.ts";
import { CHALLENGE } from "../../judge/judge.ts";
import {
  claimsTable,
  type JudgedIteration,
  QUICK_WARNING,
  runTitle,
  summaryTable,
  type Table,
  timingTable,
  trialsTable,
  unknownEpochsNote,
  verdictDetails,
} from "../report.ts";
import { headline, iterationCard } from "./cards.ts";
import { digitsBody } from "./digits.ts";
import { Markup, markup } from "./markup.ts";
import { mistakesBody } from "./mistakes.ts";
import type { PageData } from "./page_data.ts";
import { fold, notice, type Section, tableBox } from "./parts.ts";
import { plotSections } from "./plot_sections.ts";
import { provenanceBody } from "./provenance.ts";
import { STYLE } from "./style.ts";

/** The whole page; the same data give the same text. */
export function renderPage(data: PageData): string {
  const { report, record, problems, name } = data;
  const sections = [
    ...plotSections(data),
    summarySection(data),
    { id: "mistakes", title: "What each iteration gets wrong", body: mistakesBody(data) },
    { id: "digits", title: "Digit by digit", body: digitsBody(data) },
    claimsSection(data),
    trialsSection(data),
    { id: "provenance", title: "Environment and digests", body: provenanceBody(data) },
  ];
  const { identity } = report;
  return markup`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>under20k: ${name === undefined ? undefined : `${name}, `}${runTitle(identity)}</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<header>
<p class="brand">under20k${name === undefined ? undefined : markup` <span>· ${name}</span>`}</p>
<h1>${headline(report.iterations)}</h1>
<p class="lead">${plural(report.iterations.length, "iteration")}, ${
    plural(record.trials.length, "trial")
  }, none left out. ${runTitle(identity)}.</p>
<p>${drawingPageText(data)}</p>
${identity.quick ? notice(QUICK_WARNING) : undefined}
${problems.map(notice)}
<div class="cards">${report.iterations.map((judged) => iterationCard(judged, report))}</div>
<p class="key"><span class="mark under"></span> fewer than ${
    formatCount(CHALLENGE.parametersBelow)
  } parameters
<span class="mark over"></span> more</p>
<nav aria-label="Contents"><ul>${
    sections.map(({ id, title }) => markup`<li><a href="#${id}">${title}</a></li>`)
  }</ul></nav>
</header>
<main>
${sections.map(sectionElement)}</main>
<footer><p>Made by <code>deno task report</code> from the files of the run. Every row can be checked: the same iteration
and seed give the same weights, bit for bit, wherever the engine has the same name and version
(<code>deno task verify</code>).</p></footer>
</body>
</html>
`.text;
}

/** Where these networks read what a person draws. */
function drawingPageText({ drawingPage }: PageData): Markup {
  return drawingPage === undefined
    ? markup`<code>deno task page</code> makes a page on which these networks read what you draw.`
    : markup`<a href="${drawingPage}">Draw a digit</a> and see how these networks read it.`;
}

function sectionElement({ id, title, body }: Section): Markup {
  return markup`<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
${body}
</section>
`;
}

/** Words that are no verdict, and so have no colour. */
const NO_VERDICT = /^(not (judged|tested|shown)|nothing published)/;

function summaryTone(column: string, cell: string): string {
  if (!["Criteria", "Challenge", "Claim check"].includes(column)) return "";
  if (/^(met|consistent)/.test(cell)) return "good";
  return NO_VERDICT.test(cell) ? "" : "bad";
}

function claimTone(column: string, cell: string): string {
  if (column !== "Verdict" || NO_VERDICT.test(cell)) return "";
  return cell === CLAIM_WORDS.consistent ? "good" : "bad";
}

function summarySection({ report }: PageData): Section {
  const { accuracies, verdicts } = splitSummary(summaryTable(report));
  return {
    id: "summary",
    title: "Numbers and verdicts",
    body: [
      tableBox(accuracies, "Accuracy of every iteration"),
      markup`<p class="caption">Final: test accuracy after the last epoch. Best: the highest of all epochs, chosen with the
test set and so optimistic. Mean ± sample standard deviation over the completed trials; epochs are medians. ${
        unknownEpochsNote(report)
      }</p>`,
      tableBox(verdicts, "Verdicts on every iteration", { tone: summaryTone, stacks: "labelled" }),
      fold("The verdicts with the values compared", report.iterations.map(verdictList)),
    ],
  };
}

/** The summary in two tables that a page is wide enough for: from the claim on it is verdicts. */
function splitSummary({ columns, rows }: Table): { readonly accuracies: Table; readonly verdicts: Table } {
  const claim = columns.findIndex(({ title }) => title === "Claim");
  if (claim < 1) throw new RangeError(`Cannot split the summary: expected a column "Claim", got none`);
  return {
    accuracies: { columns: columns.slice(0, claim), rows: rows.map((row) => row.slice(0, claim)) },
    verdicts: {
      columns: [columns[0], ...columns.slice(claim)],
      rows: rows.map((row) => [row[0], ...row.slice(claim)]),
    },
  };
}

function verdictList(judged: JudgedIteration): Markup {
  const { id, title } = judged.summary.iteration;
  return markup`<h3>Iteration ${id} ${title}</h3><ul>${
    verdictDetails(judged).map((detail) => markup`<li>${detail}</li>`)
  }</ul>`;
}

function claimsSection({ report }: PageData): Section {
  const table = claimsTable(report);
  return {
    id: "claims",
    title: "Published claims",
    body: table.rows.length === 0 ? notice("Nothing was published about these iterations.") : fold(
      claimsLine(table),
      [
        tableBox(table, "Published claims against what was measured", {
          tone: claimTone,
          rowName: 1,
          stacks: "withText",
        }),
        markup`<p class="caption">${CLAIM_RULE}</p>`,
      ],
    ),
  };
}

/** `35 claims: 24 consistent, 5 impossible`. */
function claimsLine({ columns, rows }: Table): string {
  const column = columns.findIndex(({ title }) => title === "Verdict");
  const counts = new Map<string, number>();
  for (const row of rows) counts.set(row[column], (counts.get(row[column]) ?? 0) + 1);
  const verdicts = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  return `${plural(rows.length, "claim")}: ${
    verdicts.map(([verdict, count]) => `${count} ${verdict}`).join(", ")
  }`;
}

function trialsSection({ report, record }: PageData): Section {
  const time = timingTable(report);
  return {
    id: "trials",
    title: "Trials and time",
    body: [
      fold(
        `${plural(record.trials.length, "trial")}, none left out`,
        tableBox(trialsTable(report), "Every trial"),
      ),
      time.rows.length === 0 ? notice("Time is not shown: no epoch was timed.") : fold("Time", [
        tableBox(time, "Training and evaluation time"),
        markup`<p class="caption">Seconds are per trial. Trials may have shared the machine; this is no benchmark of
speed.</p>`,
      ]),
    ],
  };
}
