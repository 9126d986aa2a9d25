/**
 * How a training went by epoch, beside its accuracy: losses, and the learning rate that the schedule gave.
 *
 * @module
 */
import { median } from "../../statistics/mod.ts";
import type { EpochRow } from "../../run/rows.ts";
import { draw, type Drawing, Plot } from "./plot_library.ts";
import { CURVE_SIZE, type PlottedIteration } from "./plots.ts";
import { color } from "./theme.ts";

const AXIS = { color: color("muted"), tickSize: 0, label: null } as const;

/** One line of a panel. */
interface Curve {
  readonly value: (row: EpochRow) => number | undefined;
  readonly stroke: string;
  readonly dashes?: string;
}

/** The median over the trials in each epoch in which any has a value that can be drawn. */
function medians({ trials }: PlottedIteration, { value }: Curve): { epoch: number; y: number }[] {
  const rows = trials.flatMap(({ epochs }) => epochs);
  const last = Math.max(0, ...rows.map(({ epoch }) => epoch));
  return Array.from({ length: last }, (_, index) => index + 1).flatMap((epoch) => {
    const values = rows.filter((row) => row.epoch === epoch).map(value)
      .filter((each): each is number => each !== undefined && Number.isFinite(each));
    const y = median(values);
    return y === undefined ? [] : [{ epoch, y }];
  });
}

function panels(
  iterations: readonly PlottedIteration[],
  curves: readonly Curve[],
  options: { readonly what: string; readonly type: "log" | "linear" },
): Drawing[] {
  return iterations.map((iteration) => {
    const lines = curves.map((curve) => ({ ...curve, points: medians(iteration, curve) }));
    const last = Math.max(2, ...lines.flatMap(({ points }) => points.map(({ epoch }) => epoch)));
    return draw({
      ...CURVE_SIZE,
      marginLeft: 52,
      marginRight: 14,
      marginTop: 30,
      marginBottom: 36,
      x: { domain: [1, last], label: null },
      y: { type: options.type, label: null, nice: true, zero: options.type === "linear" },
      marks: [
        Plot.gridY({ stroke: color("grid"), strokeOpacity: 1, ticks: 5 }),
        ...lines.map(({ points, stroke, dashes }) =>
          Plot.line(points, { x: "epoch", y: "y", stroke, strokeWidth: 2, strokeDasharray: dashes })
        ),
        // a trial of one epoch is a point
        ...lines.filter(({ points }) => points.length === 1).map(({ points, stroke }) =>
          Plot.dot(points, { x: "epoch", y: "y", fill: stroke, r: 3 })
        ),
        Plot.axisX({
          ...AXIS,
          ticks: Math.min(last, 5),
          tickFormat: (epoch: number) => Number.isInteger(epoch) ? String(epoch) : "",
        }),
        Plot.axisY({ ...AXIS, ticks: 5, tickFormat: String }),
        Plot.text([iteration.label], {
          frameAnchor: "top-left",
          dx: -44,
          dy: -22,
          fill: color("ink"),
          fontSize: 13,
          fontWeight: 600,
        }),
        Plot.text(["epoch"], { frameAnchor: "bottom-right", dy: 33, fill: color("muted") }),
      ],
    }, {
      title: `Iteration ${iteration.label}: ${options.what} by epoch`,
      description: `The median over ${iteration.trials.length} trials in each of ${last} epochs.`,
    });
  });
}

/** Median losses, nats per example: test solid, training dotted, held-out images dashed. */
export function lossCurves(iterations: readonly PlottedIteration[]): Drawing[] {
  return panels(iterations, [
    { value: (row) => row.trainLoss, stroke: color("muted"), dashes: "2 3" },
    { value: (row) => row.validationLoss, stroke: color("ink"), dashes: "6 3" },
    { value: (row) => row.testLoss, stroke: color("under") },
  ], { what: "loss", type: "log" });
}

/** The learning rate of each epoch's last step. */
export function learningRateCurves(iterations: readonly PlottedIteration[]): Drawing[] {
  return panels(iterations, [{ value: (row) => row.learningRate, stroke: color("ink") }], {
    what: "learning rate",
    type: "linear",
  });
}
