import { ok } from "node:assert/strict";
import type { Arithmetic } from "../../../engine/arithmetic.ts";
import { optimizerRule } from "../../../engine/optimizers/mod.ts";
import { learningRateAt, momentumAt } from "../../../engine/rates.ts";
import { completeTraining, type Training } from "../../../models/iteration.ts";
import { oneCycle } from "../../../models/iterations/05_one_cycle.ts";
import { GoldenFile } from "../../golden_file.ts";
import { float32Arithmetic, float64Arithmetic } from "../float64_arithmetic.ts";

const FLOAT32_TOLERANCE = 1e-6; // absolute, on parameters of size 1: the golden README's bound
const FLOAT64_TOLERANCE = 1e-13; // a few float64 roundings in each of eight steps, enlarged by small divisors

type Recipe = Pick<Training, "optimizer" | "schedule">;

/** Applies all golden gradients and returns the largest difference from PyTorch's parameters. */
function largestError(golden: GoldenFile, name: string, recipe: Recipe, a: Arithmetic<number>): number {
  const training = completeTraining({ ...oneCycle.training, ...recipe, epochs: 1 });
  const { optimizer } = training, rule = optimizerRule(optimizer);
  const parameters = Array.from(golden.f32("parameters")), gradients = golden.f32("gradients");
  const expected = golden.f64(`${name}/after_each_step`);
  const size = parameters.length, steps = gradients.length / size;
  const states = parameters.map(() => Object.fromEntries(rule.state.map((key) => [key, 0])));
  let largest = 0;
  for (let step = 0; step < steps; step++) {
    const numbers = rule.scalarsAt(optimizer, {
      learningRate: learningRateAt(training, step, steps),
      momentum: momentumAt(training, step, steps),
      step,
    });
    const scalars = Object.fromEntries(
      Object.entries(numbers).map(([key, value]) => [key, a.constant(value)]),
    );
    for (let i = 0; i < size; i++) {
      const gradient = gradients[step * size + i];
      const updated = rule.update(
        a,
        { parameter: parameters[i], gradient, state: states[i], scalars },
        optimizer,
      );
      parameters[i] = updated.parameter;
      states[i] = { ...updated.state };
      const error = Math.abs(updated.parameter - expected[step * size + i]);
      largest = error <= largest ? largest : error; // NaN counts
    }
  }
  return largest;
}

/** PyTorch's settings in the project's words. */
interface Settings {
  readonly optimizer: string;
  readonly lr: number;
  readonly momentum?: number;
  readonly nesterov?: boolean;
  readonly weight_decay?: number;
  readonly betas?: readonly [number, number];
  readonly eps?: number;
  readonly alpha?: number;
}

function optimizerOf(settings: Settings): Training["optimizer"] {
  const { lr: learningRate, weight_decay: weightDecay, eps: epsilon, momentum, nesterov, alpha } = settings;
  const [beta1, beta2] = settings.betas ?? [];
  switch (settings.optimizer) {
    case "SGD":
      return { kind: "sgd", learningRate, momentum, nesterov, weightDecay };
    case "Adam":
      return { kind: "adam", learningRate, beta1, beta2, epsilon, weightDecay };
    case "AdamW":
      return { kind: "adamW", learningRate, beta1, beta2, epsilon, weightDecay };
    case "RMSprop":
      return { kind: "rmsProp", learningRate, alpha, epsilon, momentum, weightDecay };
    case "Adadelta":
      return { kind: "adadelta", learningRate, epsilon, weightDecay };
    case "Adagrad":
      return { kind: "adagrad", learningRate, epsilon, weightDecay };
  }
  throw new TypeError(`Cannot read optimizer settings: got "${settings.optimizer}"`);
}

function test(file: string, name: string, recipe: Recipe): void {
  Deno.test(`golden: the rule of "${recipe.optimizer.kind}" makes PyTorch's updates of ${name}`, () => {
    const golden = new GoldenFile(file);
    const float64 = largestError(golden, name, recipe, float64Arithmetic);
    ok(float64 <= FLOAT64_TOLERANCE, `largest float64 error ${float64}`);
    const float32 = largestError(golden, name, recipe, float32Arithmetic);
    ok(float32 <= FLOAT32_TOLERANCE, `largest float32 error ${float32}`);
  });
}

const constant = { kind: "constant" } as const;

for (const [name, settings] of Object.entries(new GoldenFile("networks/optimizers").metadata)) {
  if (settings.startsWith("{")) {
    test("networks/optimizers", name, { optimizer: optimizerOf(JSON.parse(settings)), schedule: constant });
  }
}
test("networks/optimizers", "adam_one_cycle", {
  optimizer: { kind: "adam", learningRate: 0.01 },
  schedule: { kind: "oneCycle", maxLearningRate: 0.1, warmUp: 0.25 },
});

const momentumAndDecay = { kind: "sgd", learningRate: 0.01, momentum: 0.9, weightDecay: 1e-4 } as const;
test("optimizers", "adam", { optimizer: { kind: "adam", learningRate: 0.01 }, schedule: constant });
test("optimizers", "sgd_momentum_decay", { optimizer: momentumAndDecay, schedule: constant });
test("optimizers", "sgd_one_cycle", {
  optimizer: momentumAndDecay,
  schedule: { kind: "oneCycle", maxLearningRate: 0.1, warmUp: 0.2 },
});
