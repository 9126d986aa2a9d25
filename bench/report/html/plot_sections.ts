/**
 * The sections of a page that are plots, each with its numbers folded behind it.
 *
 * @module
 */
import { formatPercent, plural } from "../../command_line/format.ts";
import { CHALLENGE } from "../../judge/judge.ts";
import {
  expectedSpreadNote,
  SPREAD_NOTE,
  spreadTable,
  TARGET_NOTE,
  targetTable,
  writersNote,
  writersTable,
} from "../distributions.ts";
import { type Content, type Markup, markup } from "./markup.ts";
import type { PageData } from "./page_data.ts";
import { figure, fold, notice, panels, type Section, tableBox } from "./parts.ts";
import type { Drawing } from "./plot_library.ts";
import {
  accuracyByParameters,
  epochToTarget,
  learningCurves,
  type PlottedIteration,
  plottedIterations,
  seedSpread,
} from "./plots.ts";
import { learningRateCurves, lossCurves } from "./recipe_curves.ts";

const WIDE = 760;
const NARROW = 346;
const TARGET = `${formatPercent(CHALLENGE.accuracy, 1)}\u00a0%`;

/** The plots, what is asked first before the rest. */
export function plotSections(data: PageData): Section[] {
  const { report, record } = data;
  const iterations = plottedIterations(report, record);
  const completed = report.iterations.flatMap(({ summary }) => summary.completed);
  const nothing = completed.length === 0 ? notice("Not shown: no trial completed.") : undefined;
  return [
    {
      id: "size",
      title: "Accuracy against parameters",
      body: nothing ?? inBothWidths(
        (width) => accuracyByParameters(iterations, width),
        markup`Mean final test accuracy with the range of the trials. Squares: published best accuracy and parameter
count. The green region is the challenge.`,
      ),
    },
    { id: "spread", title: "From seed to seed", body: nothing ?? spreadBody(data, iterations) },
    { id: "curves", title: "Learning curves", body: curvesBody(data, iterations) },
    {
      id: "target",
      title: `Epochs to ${TARGET}`,
      body: [
        inBothWidths(
          (width) => epochToTarget(iterations, width),
          markup`The first epoch in which a trial reaches ${TARGET} test accuracy; the line is the median. Crosses: trials
that never do, or did not complete.`,
        ),
        fold("In numbers", [
          tableBox(targetTable(report), "Epochs to the target"),
          markup`<p class="caption">${TARGET_NOTE}</p>`,
        ]),
      ],
    },
  ];
}

function inBothWidths(plot: (width: number) => Drawing, caption: Content): Markup {
  return figure(plot(WIDE), { narrow: plot(NARROW), caption });
}

function spreadBody({ report }: PageData, iterations: readonly PlottedIteration[]): Content {
  const single = report.iterations.filter(({ summary }) => summary.completed.length === 1);
  return [
    single.length === 0 ? undefined : notice(
      `One trial of iteration ${
        single.map(({ summary }) => summary.iteration.id).join(", ")
      }: nothing can be said about its spread.`,
    ),
    inBothWidths(
      (width) => seedSpread(iterations, width),
      markup`Filled: final test accuracy of a trial. Line and box: their mean and its 95 % interval (Student’s t). Hollow: the
best epoch of each trial, optimistic. Dashed: ${TARGET}.`,
    ),
    fold("In numbers, and by who wrote the test images", [
      tableBox(spreadTable(report), "Spread of the final test accuracy"),
      markup`<p class="caption">${SPREAD_NOTE} ${expectedSpreadNote(report)}</p>`,
      tableBox(writersTable(report), "Accuracy by who wrote the test images"),
      markup`<p class="caption">${writersNote(report.identity)}</p>`,
    ]),
  ];
}

function curvesBody({ report, record }: PageData, iterations: readonly PlottedIteration[]): Content {
  const completed = report.iterations.flatMap(({ summary }) => summary.completed);
  const lost = record.trials.length - completed.length;
  const crosses = lost === 0 ? "" : ` Crosses end the ${plural(lost, "trial")} that did not complete.`;
  return [
    panels("Learning curves", learningCurves(iterations)),
    markup`<p class="caption">Test accuracy [%] by epoch, on a logarithmic scale of the error: thin lines are trials, the
thick one their median, the band their range. Dotted: median training accuracy, on augmented images with dropout. Dashed: ${TARGET}.${crosses}</p>`,
    fold("Losses and learning rates", [
      panels("Losses", lossCurves(iterations)),
      markup`<p class="caption">Median loss by epoch, nats per example, logarithmic. Solid: test; dotted: training, as the
recipe defines it (label smoothing included); dashed: held-out images, where there are some.</p>`,
      panels("Learning rates", learningRateCurves(iterations)),
      markup`<p class="caption">Learning rate of each epoch’s last step.</p>`,
    ]),
  ];
}
