import { deepEqual, equal, notEqual } from "node:assert/strict";
import { optimizerRule } from "../../../engine/optimizers/mod.ts";
import { optimizerScalarsAt } from "../../../engine/rates.ts";
import { completeTraining, type Training } from "../../../models/iteration.ts";
import { oneCycle } from "../../../models/iterations/05_one_cycle.ts";
import { OPTIMIZERS } from "../../../models/recipe/optimizers/mod.ts";
import { float32Arithmetic } from "../float64_arithmetic.ts";

/** One parameter's values over a few updates; `decay: false` passes 0 for the scalar `weightDecay`. */
function path(optimizer: Training["optimizer"], decay = true): number[] {
  const training = completeTraining({ ...oneCycle.training, optimizer, schedule: { kind: "constant" } });
  const rule = optimizerRule(training.optimizer);
  let parameter = Math.fround(0.7), state = Object.fromEntries(rule.state.map((name) => [name, 0]));
  return [0.3, -0.2, 0.5, 0.1].map((gradient, step) => {
    const scalars = optimizerScalarsAt(training, step, 10);
    const updated = rule.update(float32Arithmetic, {
      parameter,
      gradient: Math.fround(gradient),
      state,
      scalars: decay ? scalars : { ...scalars, weightDecay: 0 },
    }, training.optimizer);
    [parameter, state] = [updated.parameter, { ...updated.state }];
    return parameter;
  });
}

for (const kind of Object.keys(OPTIMIZERS)) {
  Deno.test(`the rule of "${kind}" decays unless its weight decay is 0`, () => {
    const optimizer = (weightDecay: number) =>
      ({ kind, learningRate: 0.05, weightDecay }) as Training["optimizer"];
    const without = path(optimizer(0)), decayed = path(optimizer(0.1));
    notEqual(decayed.at(-1), without.at(-1));
    // What norms and biases get under decayNormAndBias: false is what no decay at all gives.
    deepEqual(path(optimizer(0.1), false), without);
  });
}

Deno.test("the rule of SGD without momentum is θ − learningRate · g", () => {
  const [first] = path({ kind: "sgd", learningRate: 0.5 });
  equal(first, Math.fround(Math.fround(0.7) - Math.fround(0.5 * Math.fround(0.3))));
});

Deno.test("the rule of SGD with Nesterov's momentum goes further on the first step", () => {
  // v = g, and the step is g + 0.9 v
  const rate = 0.5, gradient = Math.fround(0.3);
  const [first] = path({ kind: "sgd", learningRate: rate, momentum: 0.9, nesterov: true });
  const step = Math.fround(Math.fround(Math.fround(0.9) * gradient) + gradient);
  equal(first, Math.fround(Math.fround(0.7) - Math.fround(rate * step)));
});
