/**
 * Trains an iteration on two engines and puts into words how far they are apart.
 *
 * @module
 */
import { markdownTable } from "markdown-table";
import { namedTensors } from "../../engine/initial_weights.ts";
import type { Iteration } from "../../models/types.ts";
import { Comparison, relativeDifference, type StepDifference } from "./compare.ts";
import { textPlot } from "./loss_plot.ts";
import type { SteppedEngine } from "./process.ts";
import { planRun } from "./run.ts";
import { allowed, type Excess, firstExcess, kindOf, LOGITS_TOLERANCE } from "./tolerances.ts";

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
  const comparison = new Comparison(namedTensors(iteration.layers, run.values));
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

function stepTable(
  steps: readonly StepDifference[],
  engines: readonly [string, string],
  optimizer: Iteration["training"]["optimizer"]["kind"],
): string {
  const layers = steps[0].gradients.map(({ layer }) => layer);
  const kinds = (["convolution", "linear"] as const).filter((kind) =>
    layers.some((layer) => kindOf(layer) === kind)
  );
  const header = [
    "Step",
    ...engines.map((engine) => `Loss ${engine}`),
    "Loss",
    "Allowed",
    "Statistics",
    "Allowed",
  ]
    .concat(
      kinds.flatMap((
        kind,
      ) => [...layers.filter((layer) => kindOf(layer) === kind).map((layer) => `∇ ${layer}`), "Allowed"]),
    );
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
        ...kinds.flatMap((kind) => [
          ...gradients.filter(({ layer }) => kindOf(layer) === kind).map(({ difference }) =>
            show(difference)
          ),
          show(limits[kind] ?? "any"),
        ]),
      ];
    }),
  ], { align: header.map(() => "r") });
}

function show(value: number | "any"): string {
  return value === 0 || value === "any" ? String(value) : value.toExponential(1);
}
