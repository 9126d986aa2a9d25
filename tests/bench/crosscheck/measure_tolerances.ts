/**
 * Where the tolerances of `deno task crosscheck` come from: a free-running float64 training by the definitions beside
 * the float32 one of the CPU engine. A program, since it takes minutes:
 *
 *     deno run --allow-read tests/bench/crosscheck/measure_tolerances.ts ITERATION BATCH STEPS SEEDS
 *
 * @module
 */
import { namedTensors } from "../../../engine/initial_weights.ts";
import { openNetwork } from "../../../engine/wasm/stepping.ts";
import { Comparison, relativeDifference } from "../../../bench/crosscheck/compare.ts";
import { evaluate, planRun, type StepResult, trainSteps } from "../../../bench/crosscheck/run.ts";
import { loadIterations } from "../../../models/catalog.ts";
import { buildGraph } from "../../../models/graph.ts";
import { openReference } from "../../engine/reference/training.ts";

if (import.meta.main) {
  const [id, batchSize, steps, seeds] = Deno.args.map(Number);
  const iteration = (await loadIterations()).find((each) => each.id === id)!;
  for (let seed = 0; seed < seeds; seed++) {
    const run = planRun(iteration, { seed, steps, batchSize });
    const exact: StepResult[] = [];
    await trainSteps(openReference, run, (result) => exact.push(result));
    const graph = buildGraph(iteration.layers);
    const comparison = new Comparison(graph, namedTensors(graph, run.values));
    let step = 0;
    await trainSteps(openNetwork, run, (result) => {
      const { loss, gradients, runningStatistics } = comparison.next(result, exact[step++]);
      const gradient = Math.max(...gradients.map(({ difference }) => difference));
      console.log(
        [
          id,
          batchSize,
          seed,
          step,
          ...[loss, gradient, runningStatistics].map((value) => value.toExponential(1)),
        ]
          .join(" "),
      );
    });
    const values = Float32Array.from(exact[steps - 1].tensors.flatMap(({ data }) => [...data]));
    const [logits, exactLogits] = await Promise.all(
      [openNetwork, openReference].map((open) => evaluate(open, run, values)),
    );
    console.log(
      [id, batchSize, seed, "logits", relativeDifference(logits, exactLogits).toExponential(1)].join(" "),
    );
  }
}
