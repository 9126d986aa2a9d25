/**
 * `report.markup`: a run on one page that needs nothing but itself.
 *
 * @module
 */
import { formatCount, formatMean, formatPercent, plural } from "../../command_line/format.ts";
import { CHALLENGE } from "../../judge/judge.ts";
import {
  challengeLabel,
  claimsTable,
  criteriaLabel,
  epochToTarget as epochToTargetText,
  type JudgedIteration,
  QUICK_WARNING,
  type Report,
  runTitle,
  summaryTable,
  timingTable,
  trialCount,
  trialsTable,
  verdictDetails,
} from "../report.ts";
import { learningRateCurves, lossCurves } from "./recipe_curves.ts";
import { CLAIM_RULE } from "../../judge/claims/prediction.ts";
import { CLAIM_WORDS } from "../../judge/claims/finding.ts";
import { claimLabel } from "../../judge/claims/verdict.ts";
import {
  expectedSpreadNote,
  SPREAD_NOTE,
  spreadTable,
  TARGET_NOTE,
  targetTable,
  WRITERS_NOTE,
  writersTable,
} from "../distributions.ts";
import { digitsBody } from "./digits.ts";
import { hardImagesBody } from "./hard_images.ts";
import { type Content, Markup, markup } from "./markup.ts";
import type { PageData } from "./page_data.ts";
import { figure, notice, type Section, tableBox } from "./parts.ts";
import {
  accuracyByParameters,
  epochToTarget,
  learningCurves,
  plottedIterations,
  seedSpread,
} from "./plots.ts";
import { provenanceBody } from "./provenance.ts";
import { STYLE } from "./style.ts";

const WIDE = 760;
const NARROW = 346;

/** The whole page; the same data give the same text. */
export function renderPage(data: PageData): string {
  const { report, record, problems } = data;
  const sections = [
    summarySection(data),
    claimsSection(data),
    ...plotSections(data),
    { id: "digits", title: "Digit by digit", body: digitsBody(data) },
    { id: "images", title: "Images that most trials get wrong", body: hardImagesBody(data) },
    { id: "trials", title: "Every trial", body: tableBox(trialsTable(report), "Every trial") },
    timingSection(data),
    { id: "provenance", title: "Environment and digests", body: provenanceBody(data) },
  ];
  const { identity } = report;
  return markup`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>under20k: ${runTitle(identity)}</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<header>
<p class="brand">under20k</p>
<h1>${headline(report.iterations)}</h1>
<p class="lead">${plural(report.iterations.length, "iteration")}, ${
    plural(record.trials.length, "trial")
  }, none left out. ${runTitle(identity)}.</p>
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
(<code>deno task verify</code>). ${drawingPageText(data)}</p></footer>
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

/** What the run shows, in a sentence. */
function headline(iterations: readonly JudgedIteration[]): string {
  const met = iterations.filter(({ verdicts }) => verdicts.challenge.status === "met");
  const target = `${formatPercent(CHALLENGE.accuracy, 1)}\u00a0%`;
  if (met.length === 0) {
    const judged = iterations.some(({ verdicts }) => verdicts.challenge.status !== "notJudged");
    return judged
      ? `No iteration of this run meets the challenge: ${target} with fewer than ${
        formatCount(CHALLENGE.parametersBelow)
      } parameters`
      : "The challenge is not judged in this run";
  }
  return met.map(({ summary: { iteration, final, parameters } }) =>
    `Iteration ${iteration.id} reaches ${formatPercent(final?.mean)}\u00a0% with ${
      formatCount(parameters ?? iteration.parameters)
    } parameters`
  ).join("; ");
}

function iterationCard({ summary, verdicts }: JudgedIteration, { freshSeeds }: Report): Markup {
  const { iteration, parameters, final, best } = summary;
  const isUnder = (parameters ?? iteration.parameters) < CHALLENGE.parametersBelow;
  const spread = final === undefined
    ? "no trial completed"
    : final.deviation === undefined
    ? "% final, one trial"
    : `± ${formatPercent(final.deviation)} % final, n = ${final.n}`;
  const bestText = best?.deviation === undefined ? formatPercent(best?.mean) : formatMean(best);
  const verdict = ({ status }: { readonly status: string }, label: string) =>
    markup`<span class="verdict ${tone(status)}">${label}</span>`;
  const facts: [string, Content][] = [
    ["parameters", formatCount(parameters ?? iteration.parameters)],
    ["trials", trialCount(summary, freshSeeds)],
    ["best, optimistic", best === undefined ? bestText : `${bestText} %`],
    [`epoch to ${formatPercent(CHALLENGE.accuracy, 1)} %`, epochToTargetText(summary)],
    ["criteria", verdict(verdicts.criteria, criteriaLabel(verdicts.criteria))],
    ["challenge", verdict(verdicts.challenge, challengeLabel(verdicts.challenge))],
    ["claim", verdict(verdicts.claim, claimLabel(verdicts.claim))],
  ];
  return markup`<article class="card ${isUnder ? "under" : "over"}">
<h2>${iteration.id} ${iteration.title}</h2>
<p class="big">${formatPercent(final?.mean)} <small>${spread}</small></p>
<dl>${facts.map(([name, value]) => markup`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
</article>
`;
}

/** Colour of a verdict; its words say the same. */
function tone(status: string): string {
  if (["met", "consistent"].includes(status)) return "good";
  return ["notJudged", "notTested", "notShown"].includes(status) ? "" : "bad";
}

/** The same, of the words in a table. */
function summaryTone(column: string, cell: string): string {
  if (!["Criteria", "Challenge", "Claim check"].includes(column)) return "";
  if (/^(met|consistent)/.test(cell)) return "good";
  return /^not (judged|tested)/.test(cell) ? "" : "bad";
}

function claimTone(column: string, cell: string): string {
  if (column !== "Verdict" || /^not (judged|tested)/.test(cell)) return "";
  return cell === CLAIM_WORDS.consistent ? "good" : "bad";
}

function summarySection({ report }: PageData): Section {
  return {
    id: "summary",
    title: "Summary",
    body: [
      tableBox(summaryTable(report), "Summary of every iteration", { tone: summaryTone }),
      markup`<p>Final: test accuracy after the last epoch. Best: the highest of all epochs, chosen with the test set and so
optimistic. Mean ± sample standard deviation over the completed trials; epochs are medians.</p>
<details><summary>The verdicts with the values compared</summary>${
        report.iterations.map(verdictList)
      }</details>`,
    ],
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
    body: table.rows.length === 0 ? notice("Nothing was published about these iterations.") : [
      tableBox(table, "Published claims against what was measured", {
        tone: claimTone,
        rowName: 1,
        stacks: true,
      }),
      markup`<p class="caption">${CLAIM_RULE}</p>`,
    ],
  };
}

function plotSections({ report, record }: PageData): Section[] {
  const iterations = plottedIterations(report, record);
  const completed = report.iterations.flatMap(({ summary }) => summary.completed);
  const single = report.iterations.filter(({ summary }) => summary.completed.length === 1);
  const lost = record.trials.length - completed.length;
  const crosses = lost === 0 ? "" : ` Crosses end the ${plural(lost, "trial")} that did not complete.`;
  const both = (plot: (width: number) => ReturnType<typeof seedSpread>, caption: Content) =>
    figure(plot(WIDE), { narrow: plot(NARROW), caption });
  const nothing = notice("Not shown: no trial completed.");
  const lonely = single.length === 0 ? undefined : notice(
    `One trial of iteration ${
      single.map(({ summary }) => summary.iteration.id).join(", ")
    }: nothing can be said about its spread.`,
  );
  return [
    {
      id: "curves",
      title: "Learning curves",
      body: [
        markup`<div class="panels">${learningCurves(iterations).map(({ svg }) => new Markup(svg))}</div>
<p class="caption">Test accuracy [%] by epoch, on a logarithmic scale of the error: thin lines are trials, the thick one
their median, the band reaches from the lowest to the highest. Dotted: median training accuracy, measured during the epoch
on augmented images with dropout. Dashed: ${formatPercent(CHALLENGE.accuracy, 1)} %.${crosses}</p>`,
      ],
    },
    {
      id: "losses",
      title: "Losses and learning rates",
      body: [
        markup`<div class="panels">${lossCurves(iterations).map(({ svg }) => new Markup(svg))}</div>
<p class="caption">Median loss by epoch, nats per example, logarithmic. Solid: test; dotted: training, as the recipe defines
it (label smoothing included); dashed: held-out images, where there are some.</p>`,
        markup`<div class="panels">${learningRateCurves(iterations).map(({ svg }) => new Markup(svg))}</div>
<p class="caption">Learning rate of each epoch’s last step.</p>`,
      ],
    },
    {
      id: "spread",
      title: "From seed to seed",
      body: completed.length === 0 ? nothing : [
        lonely,
        both(
          (width) => seedSpread(iterations, width),
          markup`Filled: final test accuracy of a trial. Line: their mean, in the box of its 95 % interval (Student’s t), where
two trials or more give one. Hollow: the best epoch of each trial, optimistic. Dashed: ${
            formatPercent(CHALLENGE.accuracy, 1)
          } %. Logarithmic scale of the error.`,
        ),
        tableBox(spreadTable(report), "Spread of the final test accuracy"),
        markup`<p class="caption">${SPREAD_NOTE} ${expectedSpreadNote(report)}</p>`,
        tableBox(writersTable(report), "Accuracy by who wrote the test images"),
        markup`<p class="caption">${WRITERS_NOTE}</p>`,
      ],
    },
    {
      id: "target",
      title: `Epochs to ${formatPercent(CHALLENGE.accuracy, 1)} %`,
      body: [
        both(
          (width) => epochToTarget(iterations, width),
          markup`The first epoch in which a trial reaches ${
            formatPercent(CHALLENGE.accuracy, 1)
          } % test accuracy; the line is the median. Trials that never do, or did not complete, are crosses.`,
        ),
        tableBox(targetTable(report), "Epochs to the target"),
        markup`<p class="caption">${TARGET_NOTE}</p>`,
      ],
    },
    {
      id: "size",
      title: "Accuracy against parameters",
      body: completed.length === 0 ? nothing : both(
        (width) => accuracyByParameters(iterations, width),
        markup`Mean final test accuracy with the range of the trials. Squares: published best accuracy and parameter count.
The green region is the challenge. Logarithmic scale of the error.`,
      ),
    },
  ];
}

function timingSection({ report }: PageData): Section {
  const table = timingTable(report);
  return {
    id: "timing",
    title: "Time",
    body: table.rows.length === 0 ? notice("Not shown: no epoch was timed.") : [
      tableBox(table, "Training and evaluation time"),
      markup`<p>Seconds are per trial. Trials may have shared the machine; this is no benchmark of speed.</p>`,
    ],
  };
}
