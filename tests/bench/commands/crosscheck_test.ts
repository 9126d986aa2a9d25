import { deepEqual, equal, match, ok } from "node:assert/strict";
import { main } from "../../../bench/commands/crosscheck.ts";
import { Comparison, type StepDifference } from "../../../bench/crosscheck/compare.ts";
import { textPlot } from "../../../bench/crosscheck/loss_plot.ts";
import { planRun, type StepResult, trainSteps } from "../../../bench/crosscheck/run.ts";
import { allowed, firstExcess } from "../../../bench/crosscheck/tolerances.ts";
import type { NamedTensor } from "../../../engine/engine.ts";
import { namedTensors } from "../../../engine/initial_weights.ts";
import { openNetwork } from "../../../engine/wasm/stepping.ts";
import { loadIterations } from "../../../models/catalog.ts";
import { recordOutput } from "../fixtures.ts";
import { buildGraph, type Graph } from "../../../models/graph.ts";
import {
  batchNorm,
  branches,
  conv,
  dropout,
  flatten,
  globalAveragePool,
  type Layer,
  linear,
  maxPool,
  relu,
  repeat,
} from "../../../models/layers/mod.ts";
import { openReference } from "../../engine/reference/training.ts";

/** Every tensor of a network, filled with the number given for its name, or else with 1. */
function filled(
  { tensors }: Graph,
  values: Readonly<Record<string, number>>,
  wanted: (spec: Graph["tensors"][number]) => boolean = () => true,
): NamedTensor[] {
  return tensors.filter(wanted).map(({ name, shape, length }) => ({
    name,
    shape,
    data: new Float32Array(length).fill(values[name] ?? 1),
  }));
}

/** A step whose gradients and tensors are 1 but for those named. */
function stepOf(
  graph: Graph,
  { gradients = {}, tensors = {} }: {
    readonly gradients?: Readonly<Record<string, number>>;
    readonly tensors?: Readonly<Record<string, number>>;
  },
): StepResult {
  return {
    loss: 2,
    gradients: filled(graph, gradients, ({ trained }) => trained),
    tensors: filled(graph, tensors),
  };
}

const comparisonOf = (graph: Graph, start: Readonly<Record<string, number>> = {}) =>
  new Comparison(graph, filled(graph, start));

function difference(changed: Partial<StepDifference>): StepDifference {
  return {
    step: 1,
    losses: [2, 2],
    loss: 0,
    gradients: layerDifferences(0, 0),
    runningStatistics: 0,
    ...changed,
  };
}

/** Of the layers before a kink, and of a last linear one. */
function layerDifferences(...differences: number[]): StepDifference["gradients"] {
  return differences.map((difference, i) => {
    const isHead = i === differences.length - 1;
    return { layer: `${i} ${isHead ? "linear" : "conv"}`, isHead, difference };
  });
}

for (
  const [where, between] of [["directly behind", []], ["behind a pool", [maxPool({ size: 2 })]]] as [
    string,
    Layer[],
  ][]
) {
  Deno.test(`Comparison leaves out what a bias puts into the running mean ${where}`, () => {
    const graph = buildGraph([
      conv({ out: 1, kernel: 3 }),
      ...between,
      batchNorm(),
      globalAveragePool(),
      linear({ out: 10 }),
    ]);
    const mean = `${1 + between.length}.running_mean`;
    const comparison = comparisonOf(graph, { "0.bias": 1, [mean]: 0 });
    const result = (bias: number, value: number) =>
      stepOf(graph, { tensors: { "0.bias": bias, [mean]: value } });
    // the batch's mean is 2 without the bias; the first step has bias 1 on both, the second 1.5 and −1
    equal(comparison.next(result(1.5, 0.3), result(-1, 0.3)).runningStatistics, 0);
    const second = comparison.next(result(1.5, 0.27 + 0.35), result(-1, 0.27 + 0.1));
    ok(second.runningStatistics < 1e-6, `${second.runningStatistics}`);
    // and a mean that is off is found
    const third = comparison.next(result(1.5, 0.9), result(-1, 0.37));
    ok(third.runningStatistics > 0.02, `${third.runningStatistics}`);
  });
}

Deno.test("Comparison follows the bias of a repeated layer through each of its uses", () => {
  const graph = buildGraph([
    repeat(2, conv({ out: 1, kernel: 3, padding: 1 }), batchNorm(), relu()),
    globalAveragePool(),
    linear({ out: 10 }),
  ]);
  const comparison = comparisonOf(graph, { "0.0.bias": 1, "0.1.running_mean": 0 });
  const result = (bias: number, mean: number) =>
    stepOf(graph, { tensors: { "0.0.bias": bias, "0.1.running_mean": mean } });
  // two moves with bias 1 put 0.19 into the mean, the next two 0.81 · 0.19 and 0.19 times the new bias
  equal(comparison.next(result(3, 0.19), result(-2, 0.19)).runningStatistics, 0);
  const { runningStatistics } = comparison.next(
    result(0, 0.81 * 0.19 + 0.19 * 3),
    result(0, 0.81 * 0.19 - 0.19 * 2),
  );
  ok(runningStatistics < 1e-6, `${runningStatistics}`);
});

Deno.test("Comparison says how far each layer's gradients are apart, next to nothing beside all of them", () => {
  const graph = buildGraph([
    conv({ out: 1, kernel: 3 }),
    batchNorm(),
    relu(),
    flatten(),
    linear({ out: 10, bias: false }),
  ]);
  const { gradients, runningStatistics } = comparisonOf(graph).next(
    // a bias that batch norm takes out: rounding beside its weight
    stepOf(graph, { gradients: { "0.bias": 1e-7, "1.weight": 1e-9, "1.bias": 1e-9, "4.weight": NaN } }),
    stepOf(graph, { gradients: { "0.bias": -1e-7, "1.weight": -1e-9, "1.bias": 2e-9 } }),
  );
  deepEqual(gradients.map(({ layer }) => layer), ["0 conv", "1 batchNorm", "4 linear"]);
  ok(gradients[0].difference > 0 && gradients[0].difference < 1e-7, `${gradients[0].difference}`);
  ok(gradients[1].difference > 0 && gradients[1].difference < 1e-6, `${gradients[1].difference}`);
  equal(gradients[2].difference, NaN);
  equal(runningStatistics, 0);
});

Deno.test("Comparison calls linear layers the head where no kink lies behind them, and needs no running statistics", () => {
  const graph = buildGraph([
    maxPool({ size: 4 }),
    flatten(),
    linear({ out: 5 }),
    relu(),
    branches("add", [linear({ out: 7 }), dropout({ p: 0.1 })], [linear({ out: 7 }), relu()]),
    linear({ out: 10 }),
  ]);
  const step = stepOf(graph, {}), { gradients, runningStatistics } = comparisonOf(graph).next(step, step);
  deepEqual(gradients.map(({ layer, isHead }) => [layer, isHead]), [
    ["2 linear", false],
    ["4.0.0 linear", true],
    ["4.1.0 linear", false],
    ["5 linear", true],
  ]);
  equal(runningStatistics, 0);
});

Deno.test("firstExcess() names what is beyond tolerance first, and takes no NaN", () => {
  equal(firstExcess([difference({}), difference({ step: 2 })], "sgd"), undefined);
  const steps = [
    difference({}),
    difference({ step: 2, gradients: layerDifferences(0.02, 0) }),
    difference({ step: 3, loss: 1 }),
  ];
  deepEqual(firstExcess(steps, "sgd"), {
    step: 2,
    what: "gradient of 0 conv",
    difference: 0.02,
    allowed: 1.5e-2,
  });
  for (const adaptive of ["adam", "adamW", "rmsProp", "adadelta", "adagrad"] as const) {
    equal(firstExcess(steps, adaptive)?.step, 3);
  }
  const through = difference({ gradients: layerDifferences(0.2, 0.2, 0, 0) });
  equal(firstExcess([through], "sgd")?.what, "gradient of 1 conv");
  equal(firstExcess([difference({ loss: NaN })], "adam")?.what, "loss");
  equal(firstExcess([difference({ runningStatistics: 1e-4 })], "adam")?.what, "running statistics");
  // where gradients are no longer judged, losses still are
  deepEqual(allowed(50, "adam"), { loss: 0.1, runningStatistics: 0.1, head: undefined, body: undefined });
});

for (const id of [1, 3, 4, 5]) {
  Deno.test(`crosscheck's tolerances hold for float32 beside float64: iteration ${id}`, async () => {
    const iteration = (await loadIterations()).find((each) => each.id === id)!;
    const run = planRun(iteration, { seed: 1, steps: 2, batchSize: 8 });
    const exact: StepResult[] = [], steps: StepDifference[] = [];
    await trainSteps(openReference, run, (result) => exact.push(result));
    const graph = buildGraph(iteration.layers), start = namedTensors(graph, run.values);
    const comparison = new Comparison(graph, start);
    await trainSteps(
      (...given) => openNetwork(...given),
      run,
      (result) => steps.push(comparison.next(result, exact[steps.length])),
    );
    equal(firstExcess(steps, iteration.training.optimizer.kind), undefined);
    // a learning rate that is 5 % off is not within them
    const { optimizer, schedule } = iteration.training;
    const wrong = {
      ...iteration.training,
      optimizer: { ...optimizer, learningRate: 1.05 * optimizer.learningRate! },
      schedule: schedule.kind === "oneCycle"
        ? { ...schedule, maxLearningRate: 1.05 * schedule.maxLearningRate }
        : schedule,
    };
    const again = new Comparison(graph, start), off: StepDifference[] = [];
    await trainSteps(
      (...given) => openNetwork(...given),
      { ...run, iteration: { ...run.iteration, training: { ...wrong, batchSize: 8 } } },
      (result) => off.push(again.next(result, exact[off.length])),
    );
    equal(firstExcess(off.slice(0, 1), optimizer.kind), undefined);
    equal(firstExcess(off, optimizer.kind)?.step, 2);
  });
}

Deno.test("textPlot() marks both engines' losses by step", () => {
  const steps = [[3, 3], [2, 1], [1, 2]].map(([a, b], i) => difference({ step: i + 1, losses: [a, b] }));
  equal(
    textPlot(steps, ["wasm", "tensorflow"]),
    [
      "loss by step: o wasm, x tensorflow, * both",
      "   3.000 |  *",
      "   2.750 |",
      "   2.500 |",
      "   2.250 |",
      "   2.000 |     o  x",
      "   1.750 |",
      "   1.500 |",
      "   1.250 |",
      "   1.000 |     x  o",
      "         +---------",
      "            1  2  3",
    ].join("\n"),
  );
});

Deno.test("crosscheck of an engine with itself finds no difference", async () => {
  const out = recordOutput(), err = recordOutput();
  const args = "--engines wasm,wasm --iterations 1 --batch 8 --steps 2".split(" ");
  equal(await main(args, { out, err }), 0, err.text());
  match(out.text(), /\| +2 \| +\S+ \| +\S+ \| +0 \|/);
  match(out.text(), /\n\nwithin tolerance: wasm beside wasm\n$/);
});

Deno.test("crosscheck refuses what it cannot take with exit code 2", async () => {
  const cases = [
    ["--engines", "wasm"],
    ["--engines", "wasm,cuda"],
    ["--engines", "wasm,wasm", "--tf-backend", "cpu"],
    ["--tf-backend", "tpu"],
    ["--iterations", "77"],
    ["--steps", "0"],
    ["--batch", "1"],
    ["--seed", "x"],
    ["--frobnicate"],
  ];
  for (const args of cases) {
    const out = recordOutput(), err = recordOutput();
    equal(await main(args, { out, err }), 2, args.join(" "));
    equal(out.text(), "");
    match(err.text(), /^error: Cannot [^\n]*\n$/);
  }
});
