/**
 * Trains an iteration on two engines and puts into words how far they are apart.
 *
 * @module
 */
import { markdownTable } from "../report/markdown_table.ts";
import { namedTensors } from "../../engine/initial_weights.ts";
import { buildGraph } from "../../models/graph.ts";
import type { Iteration } from "../../models/iteration.ts";
import { Comparison, relativeDifference, type StepDifference } from "./compare.ts";
import { textPlot } from "./loss_plot.ts";
import type { SteppedEngine } from "./process.ts";
import { planRun } from "./run.ts";
import { allowed, type Excess, firstExcess, LOGITS_TOLERANCE, toleranceOf } from "./tolerances.ts";

/** What is trained. */
export interface StepsWanted {
  /** Their names, for the table. */
  readonly engines: readonly [string, string];
  readonly steps: number;
  /** Images in each; absent for the iteration's own. */
  readonly batch?: number;
  readonly seed: number;
}

/** Trains an iteration on both, and puts what came out of it into words. */
export async function compareIteration(
  iteration: Iteration,
  [first, second]: readonly [SteppedEngine, SteppedEngine],
  { engines, seed, steps: count, batch }: StepsWanted,
): Promise<{ steps: readonly StepDifference[]; text: string; isWithin: boolean }> {
  const batchSize = batch ?? iteration.training.batchSize;
  const run = planRun(iteration, { seed, steps: count, batchSize });
  const graph = buildGraph(iteration.layers);
  const comparison = new Comparison(graph, namedTensors(graph, run.values));
  const steps: StepDifference[] = [];
  const ofFirst = first.train(run), ofSecond = second.train(run);
  let last = run.values;
  while (true) {
    const [a, b] = await Promise.all([ofFirst.next(), ofSecond.next()]);
    if (a.done || b.done) break;
    steps.push(comparison.next(a.value, b.value));
    last = Float32Array.from(a.value.tensors.flatMap(({ data }) => [...data]));
  }
  const [logits, expected] = await Promise.all([first, second].map((engine) => engine.evaluate(run, last)));
  const logitsApart = relativeDifference(logits, expected);
  const { kind } = iteration.training.optimizer;
  const excess = firstExcess(steps, kind);
  const logitsFit = logitsApart <= LOGITS_TOLERANCE;
  return {
    steps,
    isWithin: excess === undefined && logitsFit,
    text: [
      `iteration ${iteration.id} ${iteration.title}, ${kind}, seed ${seed}, batches of ${batchSize}`,
      "",
      stepTable(steps, engines, kind),
      "",
      layerTable(steps),
      "",
      "evaluation with the same weights: logits " +
      `${show(logitsApart)} apart, ${show(LOGITS_TOLERANCE)} allowed${logitsFit ? "" : ": beyond tolerance"}`,
      excess === undefined ? `within tolerance in all steps` : excessLine(excess),
      "",
      textPlot(steps, engines),
    ].join("\n"),
  };
}

function excessLine({ step, what, difference, allowed }: Excess): string {
  return `beyond tolerance first in step ${step}: ${what} ${show(difference)} apart, ${
    show(allowed)
  } allowed`;
}

/** Of a step: losses, statistics, and the largest differences of gradients with their tolerances. */
function stepTable(
  steps: readonly StepDifference[],
  engines: readonly [string, string],
  optimizer: Iteration["training"]["optimizer"]["kind"],
): string {
  const parts = (["head", "body"] as const).filter((part) =>
    steps[0].gradients.some((each) => toleranceOf(each) === part)
  );
  const header = [
    "Step",
    ...engines.map((engine) => `Loss ${engine}`),
    "Loss",
    "Allowed",
    "Statistics",
    "Allowed",
    ...parts.flatMap((part) => [`∇ ${part}`, "Allowed"]),
  ];
  return markdownTable([
    header,
    ...steps.map(({ step, losses, loss, runningStatistics, gradients }) => {
      const limits = allowed(step, optimizer);
      return [
        String(step),
        ...losses.map((each) => each.toFixed(6)),
        show(loss),
        show(limits.loss),
        show(runningStatistics),
        show(limits.runningStatistics),
        ...parts.flatMap((part) => [
          show(largest(gradients.filter((each) => toleranceOf(each) === part))),
          show(limits[part] ?? "any"),
        ]),
      ];
    }),
  ], { align: header.map(() => "r") });
}

/** One that is no number is the largest. */
function largest(gradients: StepDifference["gradients"]): number {
  return gradients.reduce((most, { difference }) => difference <= most ? most : difference, 0);
}

/** Steps that a line has room for. */
const SHOWN_STEPS = 8;

/** Every layer's gradients in the first steps. */
function layerTable(steps: readonly StepDifference[]): string {
  const shown = steps.slice(0, SHOWN_STEPS);
  return markdownTable([
    ["Gradients of", "", ...shown.map(({ step }) => `Step ${step}`)],
    ...steps[0].gradients.map((first, index) => [
      first.layer,
      toleranceOf(first),
      ...shown.map(({ gradients }) => show(gradients[index].difference)),
    ]),
  ], { align: ["l", "l", ...shown.map(() => "r")] });
}

function show(value: number | "any"): string {
  return value === 0 || value === "any" ? String(value) : value.toExponential(1);
}
