import { deepEqual, ok } from "node:assert/strict";
import { optimizerRule } from "../../../engine/optimizers/mod.ts";
import { optimizerScalarsAt } from "../../../engine/rates.ts";
import {
  exchangeAveragesKernel,
  orderScalars,
  packRecords,
  stateCount,
  updateKernels,
} from "../../../engine/webgpu/optimizer.ts";
import type { ParameterRecord } from "../../../engine/webgpu/plan.ts";
import { completeTraining, type Training } from "../../../models/iteration.ts";
import { oneCycle } from "../../../models/iterations/05_one_cycle.ts";
import { GoldenFile } from "../../golden_file.ts";
import { float64Arithmetic } from "../float64_arithmetic.ts";
import { GPU_TEST } from "./adapter.ts";
import { openKernels } from "./kernel_bench.ts";

const golden = new GoldenFile("optimizers");
const STEPS = 6, SIZE = golden.f32("parameters").length;
/**
 * Absolute, on parameters of size 1, against the rule in float64, which is held to PyTorch by its own tests: the golden
 * README's bound.
 */
const FLOAT32_TOLERANCE = 1e-6;
const PARTS = 2, SLOTS = 1, NORM_EPSILON = 1e-6;
const STRIDES = { parameters: SIZE, running: 1, coefficients: 1, packed: 2 * SIZE, partials: PARTS * SIZE };

/** Every third parameter is one that decay may leave alone; every fifth has no copy for the way back. */
const RECORDS = Array.from({ length: SIZE }, (_, e): ParameterRecord => ({
  partialAt: e,
  partialStride: SIZE,
  parts: PARTS,
  forwardAt: e,
  backwardAt: e % 5 === 0 ? undefined : SIZE + e,
  withoutDecay: e % 3 === 0,
}));

type Recipe = Partial<Training> & Pick<Training, "optimizer">;

/** Applies the golden gradients on the device and in float64; checks all that an update leaves behind. */
async function assertFollowsRule(recipe: Recipe): Promise<void> {
  const training = completeTraining({
    ...oneCycle.training,
    schedule: { kind: "constant" },
    ...recipe,
    epochs: 1,
  });
  const { optimizer, l1, clipNorm, average } = training, rule = optimizerRule(optimizer);
  const initial = golden.f32("parameters");
  const bench = await openKernels(updateKernels({ training, strides: STRIDES }), {
    records: packRecords(RECORDS),
    partials: new Float32Array(STRIDES.partials),
    gradients: new Float32Array(SIZE),
    parameters: new Float32Array(initial),
    averages: new Float32Array(initial),
    norms: new Float32Array(1),
    scalars: new Float32Array(rule.scalars.length),
    states: new Float32Array(Math.max(1, stateCount(training)) * SIZE),
    packed: new Float32Array(STRIDES.packed),
  });
  const expected = Array.from(initial, (parameter) => ({
    parameter,
    average: parameter,
    state: Object.fromEntries(rule.state.map((name) => [name, 0])) as Readonly<Record<string, number>>,
  }));
  const assertClose = (what: string, got: Float32Array, wanted: (e: number) => number) =>
    got.forEach((value, e) => {
      const error = Math.abs(value - wanted(e));
      ok(error <= FLOAT32_TOLERANCE, `${what} ${e}: error ${error}`);
    });
  try {
    for (let step = 0; step < STEPS; step++) {
      const given = golden.f32("gradients").subarray(step * SIZE, (step + 1) * SIZE);
      // a quarter and three quarters are exact, and so is their sum
      const partials = Float32Array.from(
        { length: PARTS * SIZE },
        (_, i) => given[i % SIZE] * (i < SIZE ? 0.25 : 0.75),
      );
      const numbers = optimizerScalarsAt(training, step, STEPS);
      bench.write("partials", partials);
      bench.write("scalars", Float32Array.from(orderScalars(training, numbers)));
      bench.run([1, 0, 1, 1, 0, 1, 0, SLOTS]);

      const withTerm = Array.from(given, (g, e) => g + l1 * Math.sign(expected[e].parameter));
      const norm = Math.hypot(...withTerm);
      const scale = clipNorm === undefined ? 1 : Math.min(1, clipNorm / (norm + NORM_EPSILON));
      expected.forEach((each, e) => {
        const scalars = RECORDS[e].withoutDecay ? { ...numbers, weightDecay: 0 } : numbers;
        const updated = rule.update(
          float64Arithmetic,
          { ...each, gradient: withTerm[e] * scale, scalars },
          optimizer,
        );
        const decay = average?.decay ?? 1;
        expected[e] = { ...updated, average: decay * each.average + (1 - decay) * updated.parameter };
      });
      const parameters = await bench.read("parameters"), packed = await bench.read("packed");
      assertClose(`step ${step + 1}, parameter`, parameters, (e) => expected[e].parameter);
      assertClose(`step ${step + 1}, average`, await bench.read("averages"), (e) => expected[e].average);
      assertClose(`step ${step + 1}, gradient`, await bench.read("gradients"), (e) => withTerm[e] * scale);
      deepEqual(packed.subarray(0, SIZE), parameters);
      deepEqual(packed.subarray(SIZE), parameters.map((value, e) => e % 5 === 0 ? 0 : value));
    }
  } finally {
    bench.close();
  }
}

const sgd = { kind: "sgd", learningRate: 0.01, momentum: 0.9, weightDecay: 0.1 } as const;
const RECIPES: readonly Recipe[] = [
  { optimizer: { kind: "adam", learningRate: 0.01 } },
  {
    optimizer: { kind: "adam", learningRate: 0.01, weightDecay: 0.1 },
    schedule: { kind: "oneCycle", maxLearningRate: 0.1, warmUp: 0.2 },
  },
  { optimizer: { kind: "adamW", learningRate: 0.01, weightDecay: 0.1 } },
  { optimizer: { kind: "sgd", learningRate: 0.01 } },
  { optimizer: { ...sgd, nesterov: true } },
  { optimizer: { kind: "rmsProp", learningRate: 0.001, momentum: 0.9 } },
  { optimizer: { kind: "adadelta", learningRate: 0.5, weightDecay: 0.01 } },
  { optimizer: { kind: "adagrad", learningRate: 0.01, weightDecay: 1e-3 } },
  { optimizer: sgd, l1: 0.01 },
  { optimizer: sgd, clipNorm: 0.5, average: { decay: 0.9 } },
  { optimizer: { kind: "adamW", learningRate: 0.01 }, clipNorm: 1000, l1: 0.01, average: { decay: 0.5 } },
];

for (const recipe of RECIPES) {
  Deno.test(`updateKernels() follow the rule of ${JSON.stringify(recipe)}`, GPU_TEST, () => {
    return assertFollowsRule(recipe);
  });
}

Deno.test(
  "exchangeAveragesKernel() exchanges parameters and averages, copies and all, and back",
  GPU_TEST,
  async () => {
    const parameters = Float32Array.from({ length: SIZE }, (_, e) => e),
      averages = parameters.map((e) => -1 - e);
    const bench = await openKernels([exchangeAveragesKernel(STRIDES)], {
      records: packRecords(RECORDS),
      parameters,
      averages,
      packed: new Float32Array(STRIDES.packed),
    });
    try {
      for (const [first, second] of [[averages, parameters], [parameters, averages]]) {
        bench.run();
        deepEqual(await bench.read("parameters"), first);
        deepEqual(await bench.read("averages"), second);
        deepEqual((await bench.read("packed")).subarray(0, SIZE), first);
      }
    } finally {
      bench.close();
    }
  },
);
