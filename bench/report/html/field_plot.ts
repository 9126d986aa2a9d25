/**
 * The field's accuracies over their parameters, with the frontier drawn: who is best for its size.
 *
 * @module
 */
import { formatCount, formatPercent } from "../../command_line/format.ts";
import type { Field, FieldEntry } from "../../field/judge_field.ts";
import { CHALLENGE } from "../../judge/judge.ts";
import { FIELD_PLOT } from "../field.ts";
import { draw, type Drawing, Plot } from "./plot_library.ts";
import { accuracyScale, error, GRID, sizeAxes } from "./plots.ts";
import { withLegend } from "./standalone.ts";
import { color, THEMES, withColors } from "./theme.ts";

const WIDTH = 860, HEIGHT = 420;

/** File name to SVG text; the same results give the same bytes. */
export function fieldPlots({ entries }: Field): Map<string, string> {
  const { svg } = withLegend(fieldPlot(entries), [
    { text: "filled: mean final accuracy with the range of the trials; squares: published, best epoch" },
    { text: "line: the frontier, entries that no other beats in both, by their numbers", fill: "under" },
  ]);
  return new Map(
    THEMES.map((theme) => [
      `${FIELD_PLOT}-${theme}.svg`,
      // One element a line, so that a change can be read.
      withColors(svg, theme).replace(/>(?=<(?!\/))/g, ">\n") + "\n",
    ]),
  );
}

function fieldPlot(entries: readonly FieldEntry[]): Drawing {
  const points = entries.flatMap((
    { iteration: { id, title, parameters, claim }, summary: { final }, rank, notJudged },
  ) =>
    final === undefined ? [] : [{
      name: `${id}`,
      title,
      parameters,
      final,
      isFirst: rank === 0,
      published: notJudged === undefined ? claim?.bestTestAccuracy : undefined,
    }]
  ).sort((a, b) => a.parameters - b.parameters);
  const claims = points.filter(({ published }) => published !== undefined);
  const scale = accuracyScale([
    ...points.flatMap(({ final }) => [final.min, final.max]),
    ...claims.map(({ published }) => published!),
  ]);
  const right = 1.05 * Math.max(CHALLENGE.parametersBelow, ...points.map(({ parameters }) => parameters));
  const ticks = Array.from({ length: Math.floor(right / 5000) + 1 }, (_, index) => index * 5000);
  const frontier = points.filter(({ isFirst }) => isFirst);
  const fill = ({ isFirst }: { readonly isFirst: boolean }) => color(isFirst ? "under" : "muted");
  return draw({
    width: WIDTH,
    height: HEIGHT,
    marginLeft: 48,
    marginRight: 22,
    marginTop: 26,
    marginBottom: 38,
    x: { domain: [0, right], label: null },
    y: { type: "log", domain: scale.domain, label: null },
    marks: [
      Plot.gridY(scale.ticks, GRID),
      Plot.ruleY([error(CHALLENGE.accuracy)], { stroke: color("target"), strokeDasharray: "4 3" }),
      Plot.line(frontier, {
        x: "parameters",
        y: ({ final }) => error(final.mean),
        curve: "step-after",
        stroke: color("under"),
        strokeWidth: 1.5,
      }),
      Plot.dot(claims, {
        x: "parameters",
        y: ({ published }) => error(published!),
        symbol: "square",
        r: 3.5,
        stroke: color("muted"),
        strokeWidth: 1.1,
      }),
      Plot.ruleX(points, {
        x: "parameters",
        y1: ({ final }) => error(final.min),
        y2: ({ final }) => error(final.max),
        stroke: fill,
        strokeWidth: 2,
        strokeOpacity: 0.4,
      }),
      Plot.dot(points, {
        x: "parameters",
        y: ({ final }) => error(final.mean),
        r: 4.2,
        fill,
        stroke: color("background"),
        strokeWidth: 1,
      }),
      Plot.text(frontier, {
        x: "parameters",
        y: ({ final }) => error(final.mean),
        text: "name",
        dy: -13,
        fill: color("ink"),
        fontSize: 11.5,
        fontWeight: 600,
        // read before a square that lies behind it
        stroke: color("background"),
        strokeWidth: 3,
      }),
      ...sizeAxes(ticks, scale),
    ],
  }, {
    title: "The field: final test accuracy against parameters",
    description: points.map(({ title, parameters, final, isFirst }) =>
      `${title}: ${formatCount(parameters)} parameters, mean ${formatPercent(final.mean)} %${
        isFirst ? ", on the frontier" : ""
      }.`
    ).join(" "),
  });
}
