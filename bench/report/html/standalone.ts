/**
 * The plots as files of their own, for a README: each in light and in dark, with its legend inside.
 *
 * @module
 */
import type { RunRecord } from "../../run/run_folder.ts";
import { formatCount, formatPercent } from "../../command_line/format.ts";
import { CHALLENGE } from "../../judge/judge.ts";
import type { Report } from "../report.ts";
import { escapeText } from "./markup.ts";
import { compose, type Drawing, type PlotWords } from "./plot_library.ts";
import {
  accuracyByParameters,
  epochToTarget,
  learningCurves,
  plottedIterations,
  seedSpread,
} from "./plots.ts";
import { color, type ColorName, THEMES, withColors } from "./theme.ts";

const WIDTH = 860;
const COLUMNS = 3;
const LINE_HEIGHT = 17;
const TARGET = `${formatPercent(CHALLENGE.accuracy, 1)} %`;
const KEY: readonly Line[] = [
  { text: "test accuracy [%], logarithmic in the error" },
  { text: `● fewer than ${formatCount(CHALLENGE.parametersBelow)} parameters`, fill: "under" },
  { text: `◆ ${formatCount(CHALLENGE.parametersBelow)} or more`, fill: "over" },
];

interface Line {
  readonly text: string;
  readonly fill?: ColorName;
}

/** File name to SVG text; the same results give the same bytes. */
export function standalonePlots(report: Report, record: RunRecord): Map<string, string> {
  const iterations = plottedIterations(report, record);
  const drawings: Record<string, Drawing> = {
    "learning-curves": grid(learningCurves(iterations), [
      ...KEY,
      { text: "thin: one trial; thick: their median" },
      { text: "band: lowest to highest" },
      { text: "dotted: median training accuracy" },
      { text: `dashed: ${TARGET}`, fill: "target" },
    ], { title: "Test accuracy by epoch, every trial", description: "One panel per iteration." }),
    "seed-spread": withLegend(seedSpread(iterations, WIDTH), [
      { text: "filled: final accuracy of a trial; line and box: their mean and its 95 % interval" },
      { text: `hollow: best epoch, optimistic; dashed: ${TARGET}` },
    ]),
    "epochs-to-target": withLegend(epochToTarget(iterations, WIDTH), [
      { text: `first epoch with ${TARGET} test accuracy; line: median` },
    ]),
    "accuracy-parameters": withLegend(accuracyByParameters(iterations, WIDTH), [
      { text: "filled: mean final accuracy with the range of the trials; squares: published, best epoch" },
    ]),
  };
  return new Map(
    Object.entries(drawings).flatMap(([name, { svg }]) =>
      THEMES.map((theme): [string, string] => [
        `${name}-${theme}.svg`,
        // One element a line, so that a change can be read.
        withColors(svg, theme).replace(/>(?=<(?!\/))/g, ">\n") + "\n",
      ])
    ),
  );
}

/** Panels in rows, the legend in the first free place. */
function grid(
  panels: readonly Drawing[],
  legend: readonly Line[],
  words: PlotWords,
): Drawing {
  const { width, height } = panels[0] ?? { width: WIDTH / COLUMNS, height: 0 };
  const at = (index: number) => ({ x: index % COLUMNS * width, y: Math.floor(index / COLUMNS) * height });
  const place = at(panels.length), rows = Math.floor(panels.length / COLUMNS) + 1;
  const isOwnRow = panels.length % COLUMNS === 0;
  return compose(panels.map((drawing, index) => ({ drawing, ...at(index) })), {
    width: COLUMNS * width,
    height: (isOwnRow ? rows - 1 : rows) * height + (isOwnRow ? legend.length * LINE_HEIGHT + 12 : 0),
    extra: lines(legend, { x: place.x + 38, y: place.y + (isOwnRow ? 12 : 46) }),
  }, words);
}

/** A plot with its legend below. */
export function withLegend(drawing: Drawing, legend: readonly Line[]): Drawing {
  const { width, height, words } = drawing;
  return compose([{ drawing, x: 0, y: 0 }], {
    width,
    height: height + legend.length * LINE_HEIGHT + 14,
    extra: lines(legend, { x: 12, y: height + 18 }),
  }, words);
}

function lines(legend: readonly Line[], { x, y }: { readonly x: number; readonly y: number }): string {
  return legend.map(({ text, fill = "muted" }, line) =>
    `<text x="${x}" y="${y + line * LINE_HEIGHT}" text-anchor="start" font-size="12" fill="${color(fill)}">${
      escapeText(text)
    }</text>`
  ).join("");
}
