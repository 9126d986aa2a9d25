import { deepEqual, ok } from "node:assert/strict";
import { optimizerRule } from "../../../engine/optimizers/mod.ts";
import { optimizerScalarsAt } from "../../../engine/rates.ts";
import { ModuleBuilder } from "../../../engine/wasm/assembler.ts";
import { optimizerKernel, scalarRecord } from "../../../engine/wasm/optimizer.ts";
import { completeTraining, type Training } from "../../../models/iteration.ts";
import { oneCycle } from "../../../models/iterations/05_one_cycle.ts";
import { GoldenFile } from "../../golden_file.ts";
import { float64Arithmetic } from "../float64_arithmetic.ts";

const golden = new GoldenFile("optimizers");
const STEPS = 6;
const SIZE = golden.f32("parameters").length;
/** A vector of padding behind the parameters, and one that is not the kernel's to touch. */
const PADDING = 4, CANARY = 4, CANARY_VALUE = 123;
/**
 * Absolute, on parameters of size 1, against the rule in float64, which is held to PyTorch by its own tests: the golden
 * README's bound.
 */
const FLOAT32_TOLERANCE = 1e-6;

type Recipe = Pick<Training, "optimizer" | "schedule">;

/** Applies the six golden gradients by the kernel and by the rule in float64; checks parameters after each step. */
function assertFollowsRule(recipe: Recipe): void {
  const training = completeTraining({ ...oneCycle.training, ...recipe, epochs: 1 });
  const { optimizer } = training, rule = optimizerRule(optimizer);
  const builder = new ModuleBuilder();
  optimizerKernel(builder, optimizer);
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(builder.bytes(1)), { env: { memory } });
  const update = exports.update as (...args: number[]) => void;

  const f32 = new Float32Array(memory.buffer), length = SIZE + PADDING + CANARY;
  const arrays = Array.from({ length: 2 + rule.state.length }, (_, i) => i * length);
  const [parameters, gradients, ...states] = arrays, scalars = arrays.length * length;
  for (const array of arrays) f32.fill(CANARY_VALUE, array + SIZE + PADDING, array + length);
  f32.set(golden.f32("parameters"), parameters);
  const expected = Array.from(golden.f32("parameters"), (parameter) => ({
    parameter,
    state: Object.fromEntries(rule.state.map((name) => [name, 0])) as Readonly<Record<string, number>>,
  }));
  for (let step = 0; step < STEPS; step++) {
    const given = golden.f32("gradients").subarray(step * SIZE, (step + 1) * SIZE);
    f32.set(given, gradients);
    const numbers = optimizerScalarsAt(training, step, STEPS);
    f32.set(scalarRecord(optimizer, numbers), scalars);
    const vectors = (SIZE + PADDING) / 4;
    update(4 * parameters, 4 * gradients, 4 * scalars, vectors, ...states.map((state) => 4 * state));
    expected.forEach((each, i) => {
      const values = { ...each, gradient: given[i], scalars: numbers };
      expected[i] = rule.update(float64Arithmetic, values, optimizer);
      const error = Math.abs(f32[parameters + i] - expected[i].parameter);
      ok(error <= FLOAT32_TOLERANCE, `step ${step + 1}, parameter ${i}: error ${error}`);
    });
    for (const array of arrays) {
      deepEqual([...f32.subarray(array + SIZE + PADDING, array + length)], Array(CANARY).fill(CANARY_VALUE));
    }
    deepEqual([...f32.subarray(parameters + SIZE, parameters + SIZE + PADDING)], Array(PADDING).fill(0));
  }
}

const constant = { kind: "constant" } as const;
const oneCycleSchedule = { kind: "oneCycle", maxLearningRate: 0.1, warmUp: 0.2 } as const;

const RECIPES: readonly Recipe[] = [
  { optimizer: { kind: "adam", learningRate: 0.01 }, schedule: constant },
  { optimizer: { kind: "adam", learningRate: 0.01, weightDecay: 0.1 }, schedule: oneCycleSchedule },
  { optimizer: { kind: "adamW", learningRate: 0.01, weightDecay: 0.1 }, schedule: constant },
  { optimizer: { kind: "sgd", learningRate: 0.01 }, schedule: constant },
  {
    optimizer: { kind: "sgd", learningRate: 0.01, momentum: 0.9, weightDecay: 1e-4 },
    schedule: oneCycleSchedule,
  },
  { optimizer: { kind: "sgd", learningRate: 0.01, momentum: 0.9, nesterov: true }, schedule: constant },
  { optimizer: { kind: "rmsProp", learningRate: 0.001, momentum: 0.9 }, schedule: constant },
  { optimizer: { kind: "adadelta", learningRate: 0.5 }, schedule: constant },
  { optimizer: { kind: "adagrad", learningRate: 0.01, weightDecay: 1e-3 }, schedule: constant },
];

for (const recipe of RECIPES) {
  const name = `${JSON.stringify(recipe.optimizer)} under ${recipe.schedule.kind}`;
  Deno.test(`optimizerKernel() follows the rule of ${name}, and leaves padding zero`, () => {
    assertFollowsRule(recipe);
  });
}
