/**
 * Holds every column that an engine reports of a training against float64 PyTorch: `tests/golden/trainings.py`, which has
 * its own Philox, order, masks and moved images, and PyTorch's layers, losses, schedules and updates.
 *
 * Two epochs of longer recipes, with a last batch, a last group of eight or 32 and a last 256 that are not full.
 *
 * @module
 */
import { deepEqual, equal, ok } from "node:assert/strict";
import type { Engine, EpochResult, ImageSet, TrialEvent } from "../../engine/engine.ts";
import { buildGraph } from "../../models/graph.ts";
import type { Iteration, Training } from "../../models/iteration.ts";
import { batchNorm, conv, dropout, flatten, linear, maxPool, relu } from "../../models/layers/mod.ts";

const SIDE = 28, TRAIN_COUNT = 95, TEST_COUNT = 267, SEED = 11, TRIAL_EPOCHS = 2;

const LAYERS = [
  maxPool({ size: 4 }),
  conv({ out: 4, kernel: 3, bias: false }),
  batchNorm(),
  relu(),
  dropout({ p: 0.1 }),
  conv({ out: 5, kernel: 3, bias: false }),
  batchNorm(),
  relu(),
  flatten(),
  linear({ out: 10 }),
];

const COMMON = {
  batchSize: 16,
  trainNormalization: { mean: 0.1307, deviation: 0.3081 },
  testNormalization: { mean: 0.2, deviation: 0.4 },
  augmentation: [],
} as const;

/** The recipes of the fixture, by its names. */
const TRAININGS: Readonly<Record<string, Training>> = {
  "held out, one cycle, moved images": {
    ...COMMON,
    epochs: 3,
    trainCount: 50,
    validationCount: 41,
    augmentation: [{ kind: "translate", fraction: 0.1 }],
    optimizer: { kind: "sgd", learningRate: 0.1, momentum: 0.9, weightDecay: 1e-3 },
    schedule: { kind: "oneCycle", maxLearningRate: 0.2, warmUp: 0.3 },
  },
  "a step each epoch, Nesterov's momentum": {
    ...COMMON,
    batchSize: 40,
    epochs: 4,
    optimizer: { kind: "sgd", learningRate: 0.1, momentum: 0.9, nesterov: true },
    schedule: { kind: "step", epochs: 1, factor: 0.5 },
  },
  "last batch dropped, smoothed, clipped, averaged": {
    ...COMMON,
    epochs: 2,
    dropLast: true,
    labelSmoothing: 0.1,
    l1: 1e-3,
    clipNorm: 0.5,
    average: { decay: 0.8 },
    initialization: "keras",
    optimizer: { kind: "sgd", learningRate: 0.1, momentum: 0.9 },
    schedule: { kind: "step", epochs: 2, factor: 0.1 },
  },
};

type Measured = Omit<EpochResult, "weightsDigest" | "trainSeconds" | "testSeconds">;

interface RecordedTraining {
  readonly results: readonly Measured[];
  /** Of every test image, a digit each. */
  readonly predictions: string;
}

/**
 * Relative errors. Losses: float32 is off by some 1e-6 after twelve steps; what is told apart here (an
 * epoch's draws, a divisor, a normalization, a step of a schedule) changes one by a thousandth or more. Rates: both
 * are float64, by formulas in another order. Accuracies are quotients of whole numbers and must be the same: the
 * fixture has no logit so close to another that float32 could decide otherwise.
 */
const BOUNDS = { loss: 1e-5, learningRate: 1e-12 } as const;

/** Noise, and a bright bar that says the digit: as the fixture's program draws them. */
function drawImages(): { readonly train: ImageSet; readonly test: ImageSet } {
  let state = 1;
  const next = () => state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  const draw = (count: number): ImageSet => {
    const images = new Uint8Array(count * SIDE * SIDE), labels = new Uint8Array(count);
    for (let n = 0; n < count; n++) {
      labels[n] = (next() >>> 16) % 10;
      for (let pixel = 0; pixel < SIDE * SIDE; pixel++) {
        const isInBar = Math.floor(pixel / 80) === labels[n];
        images[n * SIDE * SIDE + pixel] = Math.floor((next() >>> 24) / (isInBar ? 2 : 4));
      }
    }
    return { images, labels };
  };
  return { train: draw(TRAIN_COUNT), test: draw(TEST_COUNT) };
}

function assertMeasured(got: EpochResult, expected: Measured, name: string): void {
  const where = `${name}, epoch ${expected.epoch}`;
  for (const column of Object.keys(expected) as (keyof Measured)[]) {
    const value = got[column], wanted = expected[column];
    const bound = column === "learningRate" ? BOUNDS.learningRate : column.endsWith("Loss") ? BOUNDS.loss : 0;
    if (wanted === null || value === null || bound === 0) {
      equal(value, wanted, `${where}: ${column}`);
      continue;
    }
    const error = Math.abs(value / wanted - 1);
    ok(error <= bound, `${where}: expected ${column} ${wanted}, got ${value}, off by ${error}`);
  }
}

/** Registers the suite for an engine. */
export function testWholeTrainings(
  name: string,
  create: () => Promise<Engine>,
  options: Pick<Deno.TestDefinition, "ignore" | "sanitizeOps" | "sanitizeResources"> = {},
): void {
  Deno.test(`${name} reports what float64 PyTorch measures, over two epochs`, options, async () => {
    const recorded: Readonly<Record<string, RecordedTraining>> = JSON.parse(
      await Deno.readTextFile(new URL("../golden/trainings.json", import.meta.url)),
    );
    deepEqual(Object.keys(recorded), Object.keys(TRAININGS));
    const { parameterCount } = buildGraph(LAYERS), { train, test } = drawImages();
    const trials = Object.values(TRAININGS).map((training) => {
      const iteration: Iteration = {
        id: 1,
        title: "Small",
        layers: LAYERS,
        parameters: parameterCount,
        training,
      };
      return { iteration, seed: SEED, epochs: TRIAL_EPOCHS };
    });
    const events: TrialEvent[] = [], engine = await create();
    try {
      await engine.train(trials, { train, test, onEvent: (event) => events.push(event) });
    } finally {
      engine.close();
    }
    Object.entries(recorded).forEach(([name, { results, predictions }], trial) => {
      const own = events.filter((event) => event.trial === trial && event.kind !== "progress");
      deepEqual(own.map(({ kind }) => kind), [...results.map(() => "epoch"), "completed"], name);
      for (const event of own) {
        if (event.kind === "epoch") assertMeasured(event.result, results[event.result.epoch - 1], name);
        else if (event.kind === "completed") equal(event.predictions.join(""), predictions, name);
      }
    });
  });
}
