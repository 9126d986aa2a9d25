/**
 * Holds an engine against the float64 training, option by option of a recipe: a few steps of a small network.
 *
 * The network has a tensor of every group (kernel, bias, norm, slope, statistic), none whose gradient is zero in exact
 * arithmetic (no norm directly behind what is learned), and no kink but PReLU's: so even optimizers which divide a
 * gradient by its size stay together.
 *
 * @module
 */
import { deepEqual, ok } from "node:assert/strict";
import { drawDataset } from "../../data/synthetic.ts";
import type { NamedTensor } from "../../engine/engine.ts";
import { initialTensors } from "../../engine/initial_weights.ts";
import type { OpenNetwork } from "../../engine/stepping.ts";
import { buildGraph } from "../../models/graph.ts";
import type { Iteration, Training } from "../../models/iteration.ts";
import { averagePool, batchNorm, dropout, flatten, linear, prelu, tanh } from "../../models/layers/mod.ts";
import type { Optimizer } from "../../models/recipe/optimizers/mod.ts";
import { openReference } from "./reference/training.ts";

/** A recipe, and what schedules see of the epochs before. */
export interface RecipeCase {
  readonly name: string;
  readonly training: Partial<Training>;
}

const DECAYED = { weightDecay: 0.1, decayNormAndBias: false } as const;

/** An optimizer with its options, as a case's name. */
const named = ({ kind, ...options }: Optimizer): string =>
  [kind, ...Object.entries(options).map(([option, value]) => `${option} ${value}`)].join(" ");

export const RECIPE_CASES: readonly RecipeCase[] = [
  ...([
    { kind: "sgd", learningRate: 0.05, momentum: 0.9 },
    { kind: "sgd", learningRate: 0.05, momentum: 0.9, nesterov: true },
    { kind: "adam", learningRate: 0.01 },
    { kind: "adamW", learningRate: 0.01 },
    { kind: "rmsProp", learningRate: 0.001, momentum: 0.5 },
    { kind: "adadelta" },
    { kind: "adagrad", learningRate: 0.01 },
  ] as const).flatMap((optimizer): RecipeCase[] => [
    { name: named(optimizer), training: { optimizer } },
    {
      name: `${named(optimizer)}, only kernels decay`,
      training: { optimizer: { ...optimizer, ...DECAYED } },
    },
  ]),
  {
    name: "one cycle of Adam's β1",
    training: {
      optimizer: { kind: "adam", learningRate: 0.01 },
      schedule: { kind: "oneCycle", maxLearningRate: 0.02, warmUp: 0.3 },
    },
  },
  {
    name: "a plateau that looks back",
    training: { schedule: { kind: "plateau", factor: 0.1, patience: 0, metric: "trainLoss" } },
  },
  { name: "label smoothing", training: { labelSmoothing: 0.2 } },
  { name: "an L1 term", training: { l1: 0.01 } },
  { name: "gradients that are clipped", training: { clipNorm: 0.05 } },
  { name: "gradients that are short enough", training: { clipNorm: 1000 } },
  { name: "an L1 term, clipped", training: { l1: 0.01, clipNorm: 0.1 } },
  { name: "averaged parameters", training: { average: { decay: 0.7 } } },
  {
    name: "every augmentation",
    training: {
      augmentation: [
        { kind: "rotate", degrees: 20, p: 0.5 },
        { kind: "translate", fraction: 0.1 },
        {
          kind: "affine",
          degrees: 5,
          translate: 0.1,
          scale: [0.8, 1.2],
          shear: 5,
          interpolation: "bilinear",
        },
        { kind: "centerCropResize", size: 22, p: 0.5 },
        { kind: "randomCrop", padding: 2 },
        { kind: "resizedCrop", scale: [0.7, 1] },
        { kind: "erase", p: 0.5 },
        { kind: "colorJitter", brightness: 0.3, contrast: 0.3 },
        { kind: "perspective", distortion: 0.3 },
        { kind: "elastic", alpha: 20, sigma: 4 },
      ],
    },
  },
];

const LAYERS = [
  averagePool({ size: 4 }),
  flatten(),
  linear({ out: 9 }),
  tanh(),
  batchNorm(),
  dropout({ p: 0.1 }),
  linear({ out: 6 }),
  prelu(),
  linear({ out: 10 }),
];

/** Three epochs of two steps: a plateau is one behind the second. */
const STEPS = 6;
const BATCH = 16, SEED = 5;
const { train, test } = drawDataset({ trainCount: 2 * BATCH, testCount: 8 });

function iterationOf({ training }: RecipeCase): Iteration {
  return {
    id: 1,
    title: "A recipe",
    layers: LAYERS,
    parameters: buildGraph(LAYERS).parameterCount,
    training: {
      epochs: 3,
      batchSize: BATCH,
      optimizer: { kind: "sgd", learningRate: 0.05, momentum: 0.9, weightDecay: 1e-3 },
      schedule: { kind: "constant" },
      augmentation: [],
      trainNormalization: { mean: 0.1307, deviation: 0.3081 },
      testNormalization: { mean: 0.1407, deviation: 0.4081 },
      ...training,
    },
  };
}

/**
 * Float32 beside float64, six steps: losses, and the rest of the norm of what changed. What is told apart here (a decay,
 * a momentum, a term of the loss) changes a step by a percent at least.
 */
const BOUNDS = { loss: 1e-5, gradient: 1e-4, change: 2e-3, logits: 1e-3 } as const;

const norm = (values: ArrayLike<number>): number => Math.hypot(...Array.from(values));
const distance = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  norm(Array.from(a, (value, i) => value - b[i]));

/** Each tensor's distance, of the norm of what `start` became. */
function assertChangedAlike(
  got: readonly NamedTensor[],
  expected: readonly NamedTensor[],
  start: ReadonlyMap<string, Float32Array>,
  what: string,
): void {
  deepEqual(
    got.map(({ name, shape }) => [name, shape]),
    expected.map(({ name, shape }) => [name, shape]),
    what,
  );
  got.forEach(({ name, data }, i) => {
    const error = distance(data, expected[i].data) / distance(expected[i].data, start.get(name)!);
    ok(error <= BOUNDS.change, `${what} ${name}: ${error} of its change`);
  });
}

/** Trains the steps of a recipe and compares them. */
export async function assertTrainsAlike(open: OpenNetwork, recipe: RecipeCase): Promise<void> {
  const iteration = iterationOf(recipe), graph = buildGraph(LAYERS);
  const values = initialTensors(graph, SEED);
  const start = new Map(
    graph.tensors.map(({ name, offset, length }) => [name, values.slice(offset, offset + length)]),
  );
  const network = await open(iteration, values.slice()), reference = await openReference(iteration, values);
  try {
    for (let step = 0; step < STEPS; step++) {
      const indices = Uint32Array.from({ length: BATCH }, (_, n) => step % 2 * BATCH + n);
      const epoch = Math.floor(step / 2) + 1;
      const position = {
        epoch,
        seed: SEED,
        stepNumber: step,
        stepsPerEpoch: 2,
        // from bad to worse, for the schedule that looks back
        history: [{ trainLoss: 2, trainAccuracy: 0.1 }, { trainLoss: 3, trainAccuracy: 0.1 }],
      };
      const { loss } = await network.trainStep(train, indices, position);
      const expected = await reference.trainStep(train, indices, position);
      const error = Math.abs(loss / expected.loss - 1);
      ok(error <= BOUNDS.loss, `loss of step ${step}: ${loss}, expected ${expected.loss}`);
      const gradients = await network.gradients(), exact = await reference.gradients();
      gradients.forEach(({ name, data }, i) => {
        const error = distance(data, exact[i].data) / norm(exact[i].data);
        ok(error <= BOUNDS.gradient * (step + 1), `gradient of ${name}, step ${step}: off by ${error}`);
      });
    }
    assertChangedAlike(await network.tensors(), await reference.tensors(), start, "tensor");
    assertChangedAlike(await network.averages(), await reference.averages(), start, "average");
    const error = distance(await network.logits(test.images), await reference.logits(test.images));
    ok(error <= BOUNDS.logits * norm(await reference.logits(test.images)), `logits: off by ${error}`);
  } finally {
    network.close();
  }
}

/** Registers the suite for an engine. */
export function testRecipes(
  engine: string,
  open: OpenNetwork,
  options: Pick<Deno.TestDefinition, "ignore" | "sanitizeOps" | "sanitizeResources"> = {},
): void {
  for (const recipe of RECIPE_CASES) {
    Deno.test(
      `${engine} trains as the float64 training does: ${recipe.name}`,
      options,
      () => assertTrainsAlike(open, recipe),
    );
  }
}
