import { deepEqual, equal, notEqual } from "node:assert/strict";
import { canonicalRecipe, completeTraining, type Iteration, type Training } from "../../models/iteration.ts";
import { baseline } from "../../models/iterations/01_baseline.ts";
import { oneCycle } from "../../models/iterations/05_one_cycle.ts";
import type { Layer } from "../../models/layers/mod.ts";

type Recipe = Pick<Iteration, "layers" | "training">;

const spelling = (recipe: Recipe): string => JSON.stringify(canonicalRecipe(recipe));

const withLayers = (...layers: Layer[]): Recipe => ({ ...oneCycle, layers });
const withTraining = (change: Partial<Training>): Recipe => ({
  ...oneCycle,
  training: { ...oneCycle.training, ...change },
});

Deno.test("completeTraining() puts every fallback in its place, inside the recipe's parts too", () => {
  deepEqual(completeTraining(oneCycle.training), {
    epochs: 20,
    batchSize: 128,
    optimizer: {
      kind: "sgd",
      learningRate: 0.01,
      momentum: 0.9,
      weightDecay: 1e-4,
      nesterov: false,
      decayNormAndBias: true,
    },
    schedule: {
      kind: "oneCycle",
      maxLearningRate: 0.1,
      warmUp: 0.2,
      divisor: 25,
      finalDivisor: 1e4,
      anneal: "cosine",
      threePhase: false,
      momentum: { base: 0.85, max: 0.95 },
    },
    augmentation: [
      { kind: "rotate", degrees: 5, fill: 0, interpolation: "nearest", p: 1 },
      { kind: "translate", fraction: 0.05, p: 1 },
    ],
    trainNormalization: { mean: 0.1307, deviation: 0.3081 },
    testNormalization: { mean: 0.1307, deviation: 0.3081 },
    dropLast: false,
    labelSmoothing: 0,
    l1: 0,
    clipNorm: undefined,
    average: undefined,
    trainCount: undefined,
    validationCount: undefined,
    initialization: "pytorch",
  });
});

Deno.test("completeTraining() of a completed training changes nothing", () => {
  for (const { training } of [baseline, oneCycle]) {
    const once = completeTraining(training);
    deepEqual(completeTraining(once), once);
  }
});

Deno.test("canonicalRecipe() has one spelling for what means the same", () => {
  const { optimizer, schedule } = oneCycle.training;
  equal(spelling({ ...oneCycle, training: completeTraining(oneCycle.training) }), spelling(oneCycle));
  for (
    const same of [
      withTraining({
        dropLast: false,
        labelSmoothing: 0,
        l1: 0,
        clipNorm: undefined,
        initialization: "pytorch",
      }),
      withTraining({ trainNormalization: { deviation: 0.3081, mean: 0.1307 } }),
      withTraining({ optimizer: { ...optimizer, decayNormAndBias: true } as Training["optimizer"] }),
      withTraining({ schedule: { ...schedule, momentum: { max: 0.95 } } as Training["schedule"] }),
      withTraining({ schedule: { ...schedule, momentum: {}, divisor: 25 } as Training["schedule"] }),
      {
        ...oneCycle,
        layers: oneCycle.layers.map((layer) => Object.fromEntries(Object.entries(layer).reverse()) as Layer),
      },
    ]
  ) {
    equal(spelling(same), spelling(oneCycle));
  }
  equal(
    spelling(withLayers({ kind: "maxPool", size: 2, stride: 2, padding: 0 })),
    spelling(withLayers({ kind: "maxPool", size: 2 })),
  );
  equal(
    spelling(withLayers({
      kind: "branches",
      join: "add",
      branches: [[], [{
        kind: "repeat",
        times: 2,
        layers: [{ kind: "conv", out: 1, kernel: 1, stride: 1 }],
      }]],
    })),
    spelling(withLayers({
      branches: [[], [{ layers: [{ kernel: 1, kind: "conv", out: 1 }], times: 2, kind: "repeat" }]],
      join: "add",
      kind: "branches",
    })),
  );
});

Deno.test("canonicalRecipe() tells apart what trains differently", () => {
  const { schedule } = oneCycle.training;
  const spellings = [
    oneCycle,
    baseline,
    withTraining({ epochs: 21 }),
    withTraining({ dropLast: true }),
    withTraining({ average: { decay: 0.9 } }),
    withTraining({ validationCount: 100 }),
    withTraining({ augmentation: [...oneCycle.training.augmentation].reverse() }),
    withTraining({ schedule: { ...schedule, momentum: false } as Training["schedule"] }),
    withTraining({ schedule: { ...schedule, momentum: { base: 0.8 } } as Training["schedule"] }),
    withLayers({ kind: "maxPool", size: 2, stride: 1 }),
    withLayers({ kind: "maxPool", size: 2 }),
    withLayers({ kind: "averagePool", size: 2 }),
    withLayers({ kind: "branches", join: "add", branches: [[], []] }),
    withLayers({ kind: "branches", join: "concat", branches: [[], []] }),
  ].map(spelling);
  equal(new Set(spellings).size, spellings.length);
  notEqual(spellings[0], undefined);
});

Deno.test("canonicalRecipe() leaves out what does not train: title, criteria, claim", () => {
  const { title: _, criteria: __, claim: ___, ...rest } = oneCycle;
  equal(spelling({ ...rest, title: "other" } as Iteration), spelling(oneCycle));
  deepEqual(Object.keys(canonicalRecipe(oneCycle)), ["layers", "training"]);
});
