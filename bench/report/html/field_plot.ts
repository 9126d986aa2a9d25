/**
 * Accuracies over parameters: the field, the iterations and the records, with the frontier: who is best for its size.
 *
 * @module
 */
import { formatCount, formatPercent, formatPercentApart, plural } from "../../command_line/format.ts";
import type { Field } from "../../field/judge_field.ts";
import { CHALLENGE } from "../../judge/judge.ts";
import { SIZE_CLASSES } from "../../records/marks.ts";
import type { IterationSummary } from "../../run/summary.ts";
import type { Distribution } from "../../statistics/mod.ts";
import { FIELD_PLOT } from "../field.ts";
import { draw, type Drawing, Plot } from "./plot_library.ts";
import { accuracyScale, error, GRID, sizeAxes } from "./plots.ts";
import { withLegend } from "./standalone.ts";
import { color, type ColorName, THEMES, withColors } from "./theme.ts";

const WIDTH = 860, HEIGHT = 470;
/** Parameters; the axis is longer where something lies outside. */
const SIZES = { least: 600, most: 30_000 } as const;
const SIZE_TICKS = [200, 400, 600, 1_000, 1_500, 3_000, 5_000, 8_000, 12_000, 20_000, 30_000, 60_000];
/** Below this, differences between good networks could no longer be seen. */
const LEAST_ACCURACY = 0.98;

/** What is drawn beside the field. */
export interface BesideField {
  /** The published iterations. */
  readonly iterations: readonly IterationSummary[];
  readonly records: readonly { readonly name: string; readonly summary: IterationSummary }[];
}

type Group = "field" | "iteration" | "record";

/** A network with its place. */
interface Point {
  readonly group: Group;
  /** Shown at its mark. */
  readonly name: string;
  readonly title: string;
  readonly parameters: number;
  readonly final: Distribution;
  /** Whether no other drawn network has at most its parameters and at least its accuracy. */
  readonly isFirst: boolean;
  /** Best accuracy as published, where it can be held against the measured one. */
  readonly published?: number;
}

/** File name to SVG text; the same results give the same bytes. */
export function fieldPlots(field: Field, beside: BesideField): Map<string, string> {
  const all = pointsOf(field, beside);
  const points = all.filter(({ final }) => final.mean >= LEAST_ACCURACY);
  const groups = new Set(points.map(({ group }) => group)), hidden = all.length - points.length;
  const { svg } = withLegend(sizePlot(points), [
    {
      text:
        "● public entries: mean final accuracy with the range of the trials; □ their published best epoch",
    },
    ...(groups.has("iteration")
      ? [{ text: "◆ the iterations, by their numbers", fill: "ink" as const }]
      : []),
    ...(groups.has("record") ? [{ text: "★ records, by their names", fill: "target" as const }] : []),
    {
      text: "line: the frontier, networks that no other beats in both, by their numbers or names",
      fill: "under",
    },
    {
      text: `dashed: ${formatPercent(CHALLENGE.accuracy, 1)} %; dotted: the mark of each size`,
      fill: "target",
    },
    ...(hidden === 0 ? [] : [
      `not shown: ${plural(hidden, "network")} below ${formatPercent(LEAST_ACCURACY, 0)} %:`,
      // a line each, so that none ends beyond the picture
      ...all.filter((point) => !points.includes(point)).map(({ title, parameters, final }) =>
        `${title}, ${formatCount(parameters)} parameters, ${formatPercentApart(final.mean, LEAST_ACCURACY)}`
      ),
    ].map((text) => ({ text }))),
  ]);
  return new Map(
    THEMES.map((theme) => [
      `${FIELD_PLOT}-${theme}.svg`,
      // One element a line, so that a change can be read.
      withColors(svg, theme).replace(/>(?=<(?!\/))/g, ">\n") + "\n",
    ]),
  );
}

/** All networks with a completed trial, by parameters; of as many the more accurate first. */
function pointsOf({ entries }: Field, { iterations, records }: BesideField): Point[] {
  const named = [
    ...entries.map(({ iteration: { id, claim }, summary, notJudged }) => ({
      group: "field" as const,
      name: String(id),
      summary,
      published: notJudged === undefined ? claim?.bestTestAccuracy : undefined,
    })),
    ...iterations.map((summary) => ({
      group: "iteration" as const,
      name: String(summary.iteration.id),
      summary,
    })),
    ...records.map((record) => ({ group: "record" as const, ...record })),
  ];
  let best = -Infinity;
  return named
    .flatMap(({ summary: { iteration, parameters, final }, ...rest }) =>
      final === undefined
        ? []
        : [{ ...rest, title: iteration.title, parameters: parameters ?? iteration.parameters, final }]
    )
    .sort((a, b) => a.parameters - b.parameters || b.final.mean - a.final.mean)
    .map((point) => {
      const isFirst = point.final.mean > best;
      best = Math.max(best, point.final.mean);
      return { ...point, isFirst };
    });
}

/** How each group is drawn. */
const LOOKS: Readonly<Record<Group, { readonly symbol: "circle" | "diamond" | "star"; readonly r: number }>> =
  {
    field: { symbol: "circle", r: 4.2 },
    iteration: { symbol: "diamond", r: 5 },
    record: { symbol: "star", r: 5.5 },
  };

function fillOf({ group, isFirst }: Point): ColorName {
  if (group === "field") return isFirst ? "under" : "muted";
  return group === "record" ? "target" : "ink";
}

function sizePlot(points: readonly Point[]): Drawing {
  const claims = points.filter(({ published }) => published !== undefined && published >= LEAST_ACCURACY);
  const scale = accuracyScale([
    ...points.flatMap(({ final }) => [Math.max(LEAST_ACCURACY, final.min), final.max]),
    ...claims.map(({ published }) => published!),
    ...SIZE_CLASSES.map(({ mark }) => mark),
  ]);
  const sizes = points.map(({ parameters }) => parameters);
  const left = Math.min(SIZES.least, 0.85 * Math.min(...sizes));
  const right = Math.max(SIZES.most, 1.15 * Math.max(...sizes));
  const marks = SIZE_CLASSES.map(({ parametersBelow, mark }, index) => ({
    from: index === 0 ? left : SIZE_CLASSES[index - 1].parametersBelow,
    to: parametersBelow,
    mark,
  }));
  const place = { x: "parameters", y: ({ final }: Point) => error(final.mean) } as const;
  return draw({
    width: WIDTH,
    height: HEIGHT,
    marginLeft: 48,
    marginRight: 22,
    marginTop: 26,
    marginBottom: 38,
    x: { type: "log", domain: [left, right], label: null },
    y: { type: "log", domain: scale.domain, label: null },
    marks: [
      Plot.gridY(scale.ticks, GRID),
      Plot.ruleY([error(CHALLENGE.accuracy)], { stroke: color("target"), strokeDasharray: "4 3" }),
      Plot.ruleY(marks, {
        x1: "from",
        x2: "to",
        y: ({ mark }) => error(mark),
        stroke: color("target"),
        strokeWidth: 1.5,
        strokeDasharray: "1.5 3",
      }),
      Plot.line(points.filter(({ isFirst }) => isFirst), {
        ...place,
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
        y1: ({ final }) => error(Math.max(LEAST_ACCURACY, final.min)),
        y2: ({ final }) => error(final.max),
        stroke: (point) => color(fillOf(point)),
        strokeWidth: 2,
        strokeOpacity: 0.4,
      }),
      ...Object.entries(LOOKS).map(([group, look]) =>
        Plot.dot(points.filter((point) => point.group === group), {
          ...place,
          ...look,
          fill: (point) => color(fillOf(point)),
          stroke: color("background"),
          strokeWidth: 1,
        })
      ),
      Plot.text(points.filter(({ group, isFirst }) => isFirst || group !== "field"), {
        ...place,
        text: "name",
        dy: -13,
        fill: color("ink"),
        fontSize: 11.5,
        fontWeight: 600,
        // read before a square that lies behind it
        stroke: color("background"),
        strokeWidth: 3,
      }),
      ...sizeAxes(SIZE_TICKS.filter((tick) => tick >= left && tick <= right), scale),
    ],
  }, {
    title: "Final test accuracy against parameters",
    description: points.map(({ title, parameters, final, isFirst }) =>
      `${title}: ${formatCount(parameters)} parameters, mean ${formatPercent(final.mean)} %${
        isFirst ? ", on the frontier" : ""
      }.`
    ).join(" "),
  });
}
