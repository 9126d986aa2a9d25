/**
 * The plots of a run, each drawn from its rows at the width that is asked for.
 *
 * Accuracies lie on a logarithmic scale of the error, so that 99.4 and 99.5 % are as far apart as they are hard.
 *
 * @module
 */
import { formatCount, formatPercent } from "../../command_line/format.ts";
import { CHALLENGE } from "../../judge/judge.ts";
import {
  compareRows,
  type EpochRow,
  isCompleted,
  isTested,
  trialKey,
  type TrialRow,
} from "../../run/rows.ts";
import type { RunRecord } from "../../run/run_folder.ts";
import { median } from "../../statistics/mod.ts";
import { epochsToTarget, type IterationSummary, NOT_EVERY_EPOCH } from "../../run/summary.ts";
import type { Report } from "../report.ts";
import { draw, type Drawing, Plot } from "./plot_library.ts";
import { color } from "./theme.ts";

/** What the plots of one iteration are drawn from. */
export interface PlottedIteration {
  readonly summary: IterationSummary;
  readonly label: string;
  /** Whether it has fewer parameters than the challenge allows. */
  readonly isUnder: boolean;
  readonly trials: readonly { readonly row: TrialRow; readonly epochs: readonly EpochRow[] }[];
}

/** Collects what the plots need; iterations and trials in order. */
export function plottedIterations(report: Report, record: RunRecord): PlottedIteration[] {
  const epochs = [...record.epochs].sort(compareRows);
  return report.iterations.map(({ summary }) => ({
    summary,
    label: `${summary.iteration.id} ${summary.iteration.title}`,
    isUnder: (summary.parameters ?? summary.iteration.parameters) < CHALLENGE.parametersBelow,
    trials: summary.trials.map((row) => ({
      row,
      epochs: epochs.filter((epoch) => trialKey(epoch) === trialKey(row)),
    })),
  }));
}

const SMALLEST_ERROR = 0.01; // percent; a logarithm has no zero
/** The most wanted first. */
const TICKS = [0.994, 0.99, 0.98, 0.95, 0.9, 0.996, 0.998, 0.97, 0.985, 0.992, 0.995, 0.8, 0.5, 0.999, 0.988];
/** Least distance of two ticks, as a share of the axis. */
const TICK_GAP = 0.075;
const TARGET_LABEL = `${formatPercent(CHALLENGE.accuracy, 1)} %`;
const NARROW = 480;

/** Error in percent. */
export function error(accuracy: number): number {
  return Math.max(SMALLEST_ERROR, (1 - accuracy) * 100);
}

/** From the lowest accuracy to the highest, and always around the target. */
export function accuracyScale(accuracies: readonly number[]) {
  const errors = [...accuracies, CHALLENGE.accuracy].map(error);
  const domain = [
    Math.max(...errors) * 1.08,
    Math.min(...errors) * 0.88,
  ];
  const ticks: number[] = [];
  const distance = (a: number, b: number) => Math.abs(Math.log(a / b)) / Math.log(domain[0] / domain[1]);
  for (const tick of TICKS.map(error)) {
    const isInside = tick <= domain[0] && tick >= domain[1];
    if (isInside && ticks.every((other) => distance(tick, other) >= TICK_GAP)) ticks.push(tick);
  }
  return {
    domain,
    ticks: ticks.sort((a, b) => b - a),
    format: (tick: number) => String(Number((100 - tick).toFixed(2))),
  };
}

/** Axes of test accuracy over parameters, with their names. */
export function sizeAxes(ticks: readonly number[], scale: ReturnType<typeof accuracyScale>) {
  return [
    // a logarithmic axis leaves some out where only a format is given
    Plot.axisX(ticks, { ...AXIS, text: formatCount }),
    Plot.axisY(scale.ticks, { ...AXIS, text: scale.format }),
    Plot.text(["test accuracy [%]"], {
      frameAnchor: "top-left",
      textAnchor: "start",
      dx: -38,
      dy: -18,
      fill: color("muted"),
    }),
    Plot.text(["parameters"], { frameAnchor: "bottom-right", dy: 34, fill: color("muted") }),
  ];
}

function hue({ isUnder }: PlottedIteration): string {
  return color(isUnder ? "under" : "over");
}

function symbol({ isUnder }: PlottedIteration): "circle" | "diamond" {
  return isUnder ? "circle" : "diamond";
}

export const AXIS = { color: color("muted"), tickSize: 0, label: null } as const;
export const GRID = { stroke: color("grid"), strokeOpacity: 1 } as const;
const TARGET = { stroke: color("target"), strokeWidth: 1.25, strokeDasharray: "4 3" } as const;

/** One panel of a grid of curves. */
export const CURVE_SIZE = { width: 336, height: 234 } as const;

/** One panel per iteration: every trial's test accuracy by epoch, with median and range. */
export function learningCurves(iterations: readonly PlottedIteration[]): Drawing[] {
  const rows = iterations.flatMap(({ trials }) => trials.flatMap(({ epochs }) => epochs));
  const scale = accuracyScale(
    rows.flatMap((row) => [row.trainAccuracy, ...(isTested(row) ? [row.testAccuracy] : [])]),
  );
  const last = Math.max(2, ...iterations.flatMap(({ trials }) => trials.map(({ epochs }) => epochs.length)));
  return iterations.map((iteration) => learningCurve(iteration, { scale, last }));
}

function learningCurve(
  iteration: PlottedIteration,
  { scale, last }: { readonly scale: ReturnType<typeof accuracyScale>; readonly last: number },
): Drawing {
  const { trials, label } = iteration;
  const completed = trials.filter(({ row }) => isCompleted(row));
  const ended = trials.filter(({ row }) => !isCompleted(row)).flatMap(({ epochs }) => {
    const last = epochs.filter(isTested).at(-1);
    return last === undefined ? [] : [last];
  });
  const y = error;
  const length = Math.max(0, ...completed.map(({ epochs }) => epochs.length));
  const medians = (value: (row: EpochRow) => number | undefined) =>
    Array.from({ length }, (_, index) => index + 1).flatMap((epoch) => {
      const values = completed.flatMap(({ epochs }) => epochs.filter((row) => row.epoch === epoch))
        .map(value).filter((each) => each !== undefined);
      const middle = median(values);
      return middle === undefined
        ? []
        : [{ epoch, y: y(middle), low: y(Math.min(...values)), high: y(Math.max(...values)) }];
    });
  const test = medians((row) => row.testAccuracy), train = medians((row) => row.trainAccuracy);
  const lines = trials.flatMap(({ row, epochs }) =>
    epochs.filter(isTested).map(({ epoch, testAccuracy }) => ({ seed: row.seed, epoch, y: y(testAccuracy) }))
  );
  const stroke = hue(iteration);
  const ticks = [1, 5, 10, 15, 20, 30, 40, 50].filter((epoch) => epoch <= last);
  return draw({
    ...CURVE_SIZE,
    marginLeft: 38,
    marginRight: 14,
    marginTop: 30,
    marginBottom: 36,
    x: { domain: [1, last], label: null },
    y: { type: "log", domain: scale.domain, label: null },
    marks: [
      Plot.gridY(scale.ticks, GRID),
      Plot.ruleY([error(CHALLENGE.accuracy)], TARGET),
      ...(completed.length > 1
        ? [Plot.areaY(test, {
          x: "epoch",
          y1: "low",
          y2: "high",
          fill: stroke,
          fillOpacity: 0.16,
        })]
        : []),
      Plot.line(train, {
        x: "epoch",
        y: "y",
        stroke: color("muted"),
        strokeDasharray: "2 3",
        strokeWidth: 1.25,
      }),
      Plot.line(lines, { x: "epoch", y: "y", z: "seed", stroke, strokeWidth: 0.9, strokeOpacity: 0.55 }),
      // a test set that was looked at once gives points
      ...(test.length === 1 ? [Plot.dot(lines, { x: "epoch", y: "y", r: 2.4, fill: stroke })] : []),
      Plot.line(test, { x: "epoch", y: "y", stroke, strokeWidth: 2.4 }),
      Plot.dot(ended, {
        x: "epoch",
        y: ({ testAccuracy }) => y(testAccuracy),
        symbol: "times",
        stroke: color("bad"),
        r: 5,
      }),
      Plot.axisX(ticks, { ...AXIS, tickFormat: String }),
      Plot.axisY(scale.ticks, { ...AXIS, text: scale.format }),
      Plot.text([label], {
        frameAnchor: "top-left",
        dx: -30,
        dy: -22,
        fill: color("ink"),
        fontSize: 13,
        fontWeight: 600,
      }),
      Plot.text(["epoch"], { frameAnchor: "bottom-right", dy: 33, fill: color("muted") }),
    ],
  }, {
    title: `Iteration ${label}: test accuracy by epoch`,
    description: curveDescription(iteration),
  });
}

function curveDescription({ summary, trials }: PlottedIteration): string {
  if (summary.completed.length === 0) return `${trials.length} trials, none of which completed.`;
  const range = ({ min, max }: { min: number; max: number }) =>
    min === max ? `${formatPercent(min)} %` : `${formatPercent(min)} to ${formatPercent(max)} %`;
  const known = summary.testAccuracies.flatMap((accuracy, index) =>
    accuracy === undefined ? [] : [`after epoch ${index + 1}: ${range(accuracy)}`]
  );
  return `${summary.completed.length} of ${trials.length} trials completed. Test accuracy ${
    [...new Set([known[0], known[known.length - 1]])].join("; ")
  }.`;
}

const ROW_HEIGHT = 46;
/** Space between dots that would cover each other, in rows. */
const STACK_STEP = 0.17;

/** Gives each item a row position: equal ones are stacked around `row`, closer where they are many. */
function stack<T>(
  items: readonly T[],
  key: (item: T) => number,
  { row, span }: { readonly row: number; readonly span: number },
): { readonly item: T; readonly y: number }[] {
  const groups = new Map<number, T[]>();
  for (const item of items) groups.set(key(item), [...groups.get(key(item)) ?? [], item]);
  return [...groups.values()].flatMap((group) => {
    const step = Math.min(STACK_STEP, span / group.length);
    return group.map((item, index) => ({ item, y: row + (index - (group.length - 1) / 2) * step }));
  });
}

/** Margins and row labels that two plots with one row per iteration share. */
function rowLayout(iterations: readonly PlottedIteration[], width: number) {
  const isNarrow = width < NARROW;
  const labels = iterations.map(({ label }, row) => ({ label, row }));
  return {
    options: {
      width,
      height: iterations.length * (ROW_HEIGHT + (isNarrow ? 14 : 0)) + 52,
      marginLeft: isNarrow ? 12 : 192,
      marginRight: isNarrow ? 12 : 24,
      marginTop: isNarrow ? 26 : 18,
      marginBottom: 36,
      y: { domain: [-0.6, iterations.length - 0.4], reverse: true, axis: null },
    },
    marks: [
      Plot.ruleY(iterations.map((_, row) => row), { stroke: color("grid") }),
      Plot.text(labels, {
        y: ({ row }) => row - (isNarrow ? 0.4 : 0),
        text: "label",
        frameAnchor: "left",
        textAnchor: "start",
        dx: isNarrow ? 0 : -188,
        fill: color("ink"),
        fontSize: 12.5,
        fontWeight: 600,
      }),
    ],
  } as const;
}

/** One row per iteration, one dot per trial: final accuracy, its mean, and the best epoch. */
export function seedSpread(iterations: readonly PlottedIteration[], width: number): Drawing {
  const layout = rowLayout(iterations, width);
  const completed = iterations.flatMap(({ summary }) => summary.completed);
  const scale = accuracyScale([
    ...completed.flatMap(({ finalTestAccuracy, course }) => [
      finalTestAccuracy,
      course?.bestTestAccuracy ?? finalTestAccuracy,
    ]),
  ]);
  const inside = (accuracy: number) =>
    Math.min(scale.domain[0], Math.max(scale.domain[1], error(Math.min(1, accuracy))));
  return draw({
    ...layout.options,
    x: { type: "log", domain: scale.domain, label: null },
    marks: [
      Plot.gridX(scale.ticks, GRID),
      ...layout.marks,
      Plot.ruleX([error(CHALLENGE.accuracy)], TARGET),
      ...iterations.flatMap((iteration, row) => {
        const { final, completed } = iteration.summary, fill = hue(iteration);
        const interval = iteration.summary.finalInterval;
        const finals = stack(completed, (trial) => trial.finalTestAccuracy, { row, span: 0.4 });
        const courses = completed.flatMap(({ course }) => course ?? []);
        const bests = stack(courses, (course) => course.bestTestAccuracy, { row: row + 0.3, span: 0.35 });
        return [
          ...(interval === undefined ? [] : [
            Plot.rect([interval], {
              x1: ({ low }) => inside(low),
              x2: ({ high }) => inside(high),
              y1: row - 0.15,
              y2: row + 0.15,
              fill,
              fillOpacity: 0.2,
              rx: 3,
            }),
          ]),
          ...(final === undefined
            ? [Plot.text(["no completed trial"], {
              frameAnchor: "left",
              y: () => row,
              dx: 8,
              fill: color("bad"),
            })]
            : [
              Plot.ruleX([final], {
                x: ({ mean }) => error(mean),
                y1: row - 0.3,
                y2: row + 0.3,
                stroke: fill,
                strokeWidth: 2.5,
              }),
            ]),
          Plot.dot(bests, {
            x: ({ item }) => error(item.bestTestAccuracy),
            y: "y",
            r: 2.6,
            symbol: symbol(iteration),
            stroke: color("muted"),
            strokeWidth: 1.2,
          }),
          Plot.dot(finals, {
            x: ({ item }) => error(item.finalTestAccuracy),
            y: "y",
            r: 4.2,
            symbol: symbol(iteration),
            fill,
            stroke: color("background"),
            strokeWidth: 1,
          }),
        ];
      }),
      Plot.axisX(scale.ticks, { ...AXIS, text: scale.format }),
      Plot.text(["test accuracy [%]"], { frameAnchor: "bottom-right", dy: 33, fill: color("muted") }),
    ],
  }, {
    title: "Final test accuracy of every trial, by iteration",
    description: iterations.map(({ label, summary: { final } }) =>
      `${label}: ${
        final === undefined
          ? "no completed trial"
          : `mean ${formatPercent(final.mean)} %, ${formatPercent(final.min)} to ${
            formatPercent(final.max)
          } % over ${final.n}`
      }.`
    ).join(" "),
  });
}

/** One row per iteration, one dot per trial: the first epoch at 99.4 %, or "not reached". */
export function epochToTarget(iterations: readonly PlottedIteration[], width: number): Drawing {
  const layout = rowLayout(iterations, width), isNarrow = width < NARROW;
  const last = Math.max(1, ...iterations.map(({ summary }) => summary.epochs));
  const never = last + 2.5;
  const ticks = [1, 5, 10, 15, 20, 30, 40, 50].filter((epoch) => epoch <= last);
  return draw({
    ...layout.options,
    marginRight: isNarrow ? 24 : 52,
    x: { domain: [1, never], label: null },
    marks: [
      Plot.gridX(ticks, GRID),
      ...layout.marks,
      ...iterations.flatMap((iteration, row) => {
        const { target, trials } = iteration.summary;
        if (target === undefined) {
          return [
            Plot.text([`not known: ${NOT_EVERY_EPOCH}`], {
              frameAnchor: "left",
              y: () => row,
              dx: 8,
              fill: color("muted"),
            }),
          ];
        }
        const epochs = stack(epochsToTarget(trials) ?? [], (epoch) => epoch, { row, span: 0.7 });
        const isReached = ({ item }: { item: number }) => Number.isFinite(item);
        return [
          Plot.ruleX(target.median === "never" ? [] : [target.median], {
            y1: row - 0.26,
            y2: row + 0.26,
            stroke: hue(iteration),
            strokeWidth: 2.5,
          }),
          Plot.dot(epochs.filter(isReached), {
            x: "item",
            y: "y",
            r: 4.2,
            symbol: symbol(iteration),
            fill: hue(iteration),
            stroke: color("background"),
            strokeWidth: 1,
          }),
          Plot.dot(epochs.filter((each) => !isReached(each)), {
            x: () => never,
            y: "y",
            r: 3.4,
            symbol: "times",
            stroke: color("muted"),
            strokeWidth: 1.5,
          }),
        ];
      }),
      Plot.axisX([...ticks, never], {
        ...AXIS,
        tickFormat: (epoch: number) => epoch === never ? isNarrow ? "never" : "not reached" : String(epoch),
      }),
    ],
  }, {
    title: `First epoch with at least ${TARGET_LABEL} test accuracy, by iteration`,
    description: iterations.map(({ label, summary: { trials, target } }) =>
      target === undefined
        ? `${label}: not known, ${NOT_EVERY_EPOCH}.`
        : `${label}: reached in ${target.reached.count} of ${trials.length} trials${
          target.median === "never" ? "" : `, median epoch ${target.median}`
        }.`
    ).join(" "),
  });
}

/** Mean final accuracy against parameters, with the challenge's region and what was published. */
export function accuracyByParameters(iterations: readonly PlottedIteration[], width: number): Drawing {
  const isNarrow = width < NARROW;
  const points = iterations.flatMap((iteration) => {
    const { final, parameters, completed } = iteration.summary;
    return final === undefined || parameters === undefined ? [] : [{
      iteration,
      final,
      parameters,
      completed,
      name: isNarrow ? String(iteration.summary.iteration.id) : iteration.label,
    }];
  });
  const claims = iterations.flatMap(({ summary: { iteration: { id, claim } } }) =>
    claim?.parameters === undefined || claim.bestTestAccuracy === undefined
      ? []
      : [{ id, parameters: claim.parameters, bestTestAccuracy: claim.bestTestAccuracy }]
  );
  const scale = accuracyScale([
    ...points.flatMap(({ final }) => [final.min, final.max]),
    ...claims.map((claim) => claim.bestTestAccuracy),
  ]);
  const right = 1.12 * Math.max(
    CHALLENGE.parametersBelow,
    ...points.map(({ parameters }) => parameters),
    ...claims.map(({ parameters }) => parameters),
  );
  const ticks = Array.from({ length: Math.floor(right / 5000) + 1 }, (_, index) => index * 5000)
    .filter((tick) => !isNarrow || tick % 10_000 === 0);
  return draw({
    width,
    height: isNarrow ? 300 : 360,
    marginLeft: 42,
    marginRight: 22,
    marginTop: 26,
    marginBottom: 38,
    x: { domain: [0, right], label: null },
    y: { type: "log", domain: scale.domain, label: null },
    marks: [
      Plot.rect([scale.domain[1]], {
        x1: 0,
        x2: CHALLENGE.parametersBelow,
        y1: error(CHALLENGE.accuracy),
        y2: (top) => top,
        fill: color("target"),
        fillOpacity: 0.13,
        stroke: color("target"),
        strokeDasharray: "4 3",
      }),
      Plot.gridY(scale.ticks, GRID),
      Plot.text([scale.domain[1]], {
        x: 0,
        y: (top) => top,
        text: () =>
          isNarrow
            ? "the challenge"
            : `the challenge: at least ${TARGET_LABEL}, fewer than ${
              formatCount(CHALLENGE.parametersBelow)
            } parameters`,
        textAnchor: "start",
        dx: 8,
        dy: 13,
        fill: color("target"),
        fontWeight: 600,
      }),
      Plot.dot(claims, {
        x: "parameters",
        y: ({ bestTestAccuracy }) => error(bestTestAccuracy),
        symbol: "square",
        r: 5,
        stroke: color("muted"),
        strokeWidth: 1.4,
      }),
      ...points.flatMap((point) => {
        const fill = hue(point.iteration);
        return [
          Plot.ruleX([point], {
            x: "parameters",
            y1: ({ final }) => error(final.min),
            y2: ({ final }) => error(final.max),
            stroke: fill,
            strokeWidth: 2,
            strokeOpacity: 0.45,
          }),
          Plot.dot([point], {
            x: "parameters",
            y: ({ final }) => error(final.mean),
            r: 5.2,
            symbol: symbol(point.iteration),
            fill,
            stroke: color("background"),
            strokeWidth: 1,
          }),
          Plot.text([point], {
            x: "parameters",
            y: ({ final }) => error(final.mean),
            text: "name",
            textAnchor: "end",
            dx: -11,
            fill: color("ink"),
            fontSize: 12.5,
            fontWeight: 600,
          }),
        ];
      }),
      ...sizeAxes(ticks, scale),
    ],
  }, {
    title: "Final test accuracy against parameters",
    description: points.map(({ iteration, final, parameters }) =>
      `${iteration.label}: ${formatCount(parameters)} parameters, mean ${formatPercent(final.mean)} %.`
    ).join(" "),
  });
}
