/**
 * What a plan of seeds says on a terminal.
 *
 * @module
 */
import { formatCount, formatInterval, formatMean, formatPercent, MISSING } from "../command_line/format.ts";
import { paint } from "../command_line/paint.ts";
import { wrap } from "../command_line/wrap.ts";
import { CAUTION, type Goal, type MeasuredPlan, type SupposedPlan } from "../judge/seed_plan.ts";
import { binomialStandardError, MOST_TRIALS, wilsonInterval } from "../statistics/mod.ts";
import { columns, type Table } from "./report.ts";
import { layOut, type Screen } from "./layout.ts";

const MNIST_TEST_IMAGES = 10_000;

const CAUTION_NOTE = [
  `Cautiously: with the upper end of the deviation's ${
    formatPercent(CAUTION, 0)
  } % interval, since a deviation`,
  "that few seeds gave is itself uncertain.",
].join("\n");

/** A plan from numbers that are supposed. */
export function formatSupposedPlan(plan: SupposedPlan, goal: Goal, screen: Screen): string {
  const { mean, deviation, seeds, powers } = plan;
  const table: Table = {
    columns: columns("> n", "> Power"),
    rows: powers.map(({ seeds, power }) => [formatCount(seeds), power.toFixed(3)]),
  };
  return [
    wrap(goalLine(goal), screen),
    `if the mean is ${show(mean)} % and the standard deviation ${show(deviation)} points:`,
    "",
    paint(
      seeds === null ? `  more than ${formatCount(MOST_TRIALS)} seeds` : `  n = ${formatCount(seeds)} seeds`,
      "bold",
      screen.color,
    ),
    "",
    ...(seeds === null ? [] : [layOut(table, screen), ""]),
    wrap(imagesNote(mean, MNIST_TEST_IMAGES), screen),
    "",
  ].join("\n");
}

/** Plans from a run's trials. */
export function formatMeasuredPlans(
  plans: readonly MeasuredPlan[],
  goal: Goal,
  options: { readonly path: string; readonly testImages: number } & Screen,
): string {
  const { path, testImages } = options;
  const table: Table = {
    columns: columns("> Iteration", "> n", "> Final [%]", "> n needed", "> n, cautiously"),
    rows: plans.map(planCells),
  };
  return [
    wrap(goalLine(goal), options),
    `if mean and standard deviation are as measured in ${path}:`,
    "",
    layOut(table, options, ["n, cautiously"]),
    "",
    wrap(CAUTION_NOTE, options),
    wrap(imagesNote(goal.target, testImages), options),
    "",
  ].join("\n");
}

const NO_PLAN = {
  "no trials": MISSING,
  "mean not above": "mean not above",
  "one seed": "needs 2 seeds to plan",
} as const;

function planCells({ iteration, measured, status, seeds, cautiousSeeds }: MeasuredPlan): string[] {
  const count = (needed: number | null = null) =>
    needed === null ? `> ${formatCount(MOST_TRIALS)}` : formatCount(needed);
  return [
    String(iteration),
    String(measured?.n ?? 0),
    formatMean(measured),
    ...(status === "planned" ? [count(seeds), count(cautiousSeeds)] : [NO_PLAN[status], MISSING]),
  ];
}

function goalLine({ target, alpha, power }: Goal): string {
  return `To show that the mean final accuracy is above ${
    show(target)
  } % at p < ${alpha} (one-sided t test) with power ${power},`;
}

/** What seeds do not help against. */
function imagesNote(accuracy: number, images: number): string {
  const interval = wilsonInterval(Math.round(accuracy * images), images);
  return [
    `This is about seeds. ${formatCount(images)} test images at ${show(accuracy)} % add a standard error of`,
    `${formatPercent(binomialStandardError(accuracy, images), 3)} points (95 %: ${
      formatInterval(interval)
    } %), which more seeds do not make smaller.`,
  ].join("\n");
}

/** In percent, with two decimals or as many as there are. */
export function show(fraction: number): string {
  const text = String(Number((fraction * 100).toFixed(6)));
  return text.length > formatPercent(fraction).length ? text : formatPercent(fraction);
}
