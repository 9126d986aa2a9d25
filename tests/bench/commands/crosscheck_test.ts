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
import { openReference } from "../../engine/float64_network.ts";

const tensor = (name: string, ...values: number[]): NamedTensor => ({
  name,
  shape: [values.length],
  data: Float32Array.from(values),
});

function difference(changed: Partial<StepDifference>): StepDifference {
  return {
    step: 1,
    losses: [2, 2],
    loss: 0,
    gradients: [{ layer: "conv1", difference: 0 }, { layer: "fc", difference: 0 }],
    runningStatistics: 0,
    ...changed,
  };
}

Deno.test("Comparison leaves out biases before batch norm and what they put into the running means", () => {
  const start = [tensor("conv1.bias", 1), tensor("bn1.running_mean", 0), tensor("bn1.running_var", 1)];
  const comparison = new Comparison(start);
  const result = (bias: number, noise: number, mean: number): StepResult => ({
    loss: 2,
    gradients: [tensor("conv1.weight", 3, 4), tensor("conv1.bias", noise)],
    tensors: [tensor("conv1.bias", bias), tensor("bn1.running_mean", mean), tensor("bn1.running_var", 0.5)],
  });
  // the batch's mean is 2 without the bias; the first step has bias 1 on both, the second 1.5 and −1
  const first = comparison.next(result(1.5, 0, 0.3), result(-1, 1e-7, 0.3));
  deepEqual(first.gradients, [{ layer: "conv1", difference: 0 }]);
  equal(first.runningStatistics, 0);
  const second = comparison.next(result(1.5, 0, 0.27 + 0.35), result(-1, 0, 0.27 + 0.1));
  ok(second.runningStatistics < 1e-6, `${second.runningStatistics}`);
  // and a mean that is off is found
  const third = comparison.next(result(1.5, 0, 0.9), result(-1, 0, 0.37));
  ok(third.runningStatistics > 0.05, `${third.runningStatistics}`);
});

Deno.test("Comparison puts convolution and batch norm into one layer and takes its largest difference", () => {
  const comparison = new Comparison([]);
  const result = (...gradients: NamedTensor[]): StepResult => ({ loss: 1, gradients, tensors: [] });
  const { gradients } = comparison.next(
    result(
      tensor("conv1.weight", 1, 0),
      tensor("bn1.weight", 2),
      tensor("fc.weight", 1),
      tensor("fc.bias", NaN),
    ),
    result(
      tensor("conv1.weight", 1, 0),
      tensor("bn1.weight", 1),
      tensor("fc.weight", 1),
      tensor("fc.bias", 1),
    ),
  );
  deepEqual(gradients, [{ layer: "conv1", difference: 1 }, { layer: "fc", difference: NaN }]);
});

Deno.test("firstExcess() names what is beyond tolerance first, and takes no NaN", () => {
  equal(firstExcess([difference({}), difference({ step: 2 })], "sgd"), undefined);
  const gradients = [{ layer: "conv1", difference: 0.02 }, { layer: "fc", difference: 0 }];
  const steps = [difference({}), difference({ step: 2, gradients }), difference({ step: 3, loss: 1 })];
  deepEqual(firstExcess(steps, "sgd"), {
    step: 2,
    what: "gradient of conv1",
    difference: 0.02,
    allowed: 1.5e-2,
  });
  equal(firstExcess(steps, "adam")?.step, 3);
  const through = ["conv1", "conv2", "conv3", "fc"].map((layer, i) => ({
    layer,
    difference: i < 2 ? 0.2 : 0,
  }));
  equal(firstExcess([difference({ gradients: through })], "sgd")?.what, "gradient of conv2");
  equal(firstExcess([difference({ loss: NaN })], "adam")?.what, "loss");
  equal(firstExcess([difference({ runningStatistics: 1e-4 })], "adam")?.what, "running statistics");
  // where gradients are no longer judged, losses still are
  deepEqual(allowed(50, "adam"), {
    loss: 0.1,
    runningStatistics: 0.1,
    linear: undefined,
    convolution: undefined,
  });
});

for (const id of [1, 3, 4, 5]) {
  Deno.test(`crosscheck's tolerances hold for float32 beside float64: iteration ${id}`, async () => {
    const iteration = (await loadIterations()).find((each) => each.id === id)!;
    const run = planRun(iteration, { seed: 1, steps: 2, batchSize: 8 });
    const exact: StepResult[] = [], steps: StepDifference[] = [];
    await trainSteps(openReference, run, (result) => exact.push(result));
    const comparison = new Comparison(namedTensors(iteration.layers, run.values));
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
      optimizer: { ...optimizer, learningRate: 1.05 * optimizer.learningRate },
      schedule: schedule.kind === "oneCycle"
        ? { ...schedule, maxLearningRate: 1.05 * schedule.maxLearningRate }
        : schedule,
    };
    const again = new Comparison(namedTensors(iteration.layers, run.values)), off: StepDifference[] = [];
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
