import assert from "node:assert/strict";
import { drawDataset } from "../../../data/synthetic.ts";
import type { EpochResult, ImageSet, Trial, TrialEvent } from "../../../engine/engine.ts";
import { createWebgpuEngine } from "../../../engine/webgpu/mod.ts";
import { buildGraph } from "../../../models/graph.ts";
import type { Iteration, Training } from "../../../models/iteration.ts";
import { batchNorm, conv, flatten, type Layer, linear, maxPool, relu } from "../../../models/layers/mod.ts";
import { GPU_TEST } from "./adapter.ts";

const { train, test } = drawDataset({ trainCount: 203, testCount: 51 });

const LAYERS: readonly Layer[] = [
  conv({ out: 4, kernel: 5, stride: 2 }),
  batchNorm(),
  relu(),
  maxPool({ size: 2 }),
  flatten(),
  linear({ out: 10 }),
];

const TRAINING: Training = {
  epochs: 4,
  batchSize: 32,
  optimizer: { kind: "sgd", learningRate: 0.05, momentum: 0.9 },
  schedule: { kind: "constant" },
  augmentation: [],
  trainNormalization: { mean: 0.1307, deviation: 0.3081 },
  testNormalization: { mean: 0.1307, deviation: 0.3081 },
};

const PIXELS = 784;
const part = ({ images, labels }: ImageSet, first: number, end: number): ImageSet => ({
  images: images.slice(first * PIXELS, end * PIXELS),
  labels: labels.slice(first, end),
});

const trialOf = (recipe: Partial<Training>, epochs: number): Trial => {
  const iteration: Iteration = {
    id: 1,
    title: "Small",
    layers: LAYERS,
    parameters: buildGraph(LAYERS).parameterCount,
    training: { ...TRAINING, ...recipe },
  };
  return { iteration, seed: 3, epochs };
};

/** Trains trials, so many at once. */
async function trainTrials(
  trials: readonly Trial[],
  trialsAtOnce: number,
  data: { readonly train: ImageSet; readonly test: ImageSet } = { train, test },
): Promise<TrialEvent[]> {
  const events: TrialEvent[] = [];
  const engine = await createWebgpuEngine({ workers: 1, trialsAtOnce });
  try {
    await engine.train(trials, { ...data, onEvent: (event) => events.push(event) });
  } finally {
    engine.close();
  }
  return events;
}

/** Trains the small network; several trials where several recipes are given. */
function run(
  recipes: readonly Partial<Training>[],
  options: { readonly epochs?: number; readonly train?: ImageSet; readonly test?: ImageSet } = {},
): Promise<TrialEvent[]> {
  const trials = recipes.map((recipe) => trialOf(recipe, options.epochs ?? 2));
  return trainTrials(trials, 1, { train: options.train ?? train, test: options.test ?? test });
}

function gpuTest(name: string, run: () => Promise<void>): void {
  Deno.test(name, GPU_TEST, run);
}

const resultsOf = (events: readonly TrialEvent[], trial = 0): EpochResult[] =>
  events.flatMap((event) => event.kind === "epoch" && event.trial === trial ? [event.result] : []);
const digestsOf = (results: readonly EpochResult[]): string[] =>
  results.map(({ weightsDigest }) => weightsDigest);

gpuTest(
  "train() evaluates held-out images after every epoch, and the test set after the last alone",
  async () => {
    const held = part(train, 160, 203);
    const results = resultsOf(await run([{ validationCount: 43 }]));
    assert.deepEqual(
      results.map(({ testLoss, testAccuracy }) => [testLoss === null, testAccuracy === null]),
      [
        [true, true],
        [false, false],
      ],
    );
    // the same as a training on the images in front, tested on those that were held out
    const plain = resultsOf(await run([{}], { train: part(train, 0, 160), test: held }));
    assert.deepEqual(digestsOf(results), digestsOf(plain));
    assert.deepEqual(
      results.map(({ validationLoss, validationAccuracy }) => [validationLoss, validationAccuracy]),
      plain.map(({ testLoss, testAccuracy }) => [testLoss, testAccuracy]),
    );
    assert.deepEqual(plain.map(({ validationLoss }) => validationLoss), [null, null]);
  },
);

gpuTest("train() with trainCount trains on the first images alone", async () => {
  const results = resultsOf(await run([{ trainCount: 100 }]));
  const plain = resultsOf(await run([{}], { train: part(train, 0, 100) }));
  assert.deepEqual(digestsOf(results), digestsOf(plain));
});

gpuTest("train() with dropLast leaves an epoch's smaller last batch out", async () => {
  const [{ trainAccuracy }] = resultsOf(await run([{ dropLast: true }], { epochs: 1 }));
  const correct = trainAccuracy * 192;
  assert.ok(Math.abs(correct - Math.round(correct)) < 1e-9, `${correct} of 192 images`);
  const [dropped] = resultsOf(await run([{ dropLast: true }], { epochs: 1, train: part(train, 0, 192) }));
  const [kept] = resultsOf(await run([{}], { epochs: 1, train: part(train, 0, 192) }));
  assert.equal(dropped.weightsDigest, kept.weightsDigest);
});

gpuTest("train() ends trials whose recipe asks for more images than there are as failed", async () => {
  const events = await run([{ trainCount: 200, validationCount: 4 }, { dropLast: true, batchSize: 204 }, {}]);
  assert.deepEqual(
    events.filter(({ kind }) => kind === "failed" || kind === "completed").map((
      { kind, trial },
    ) => [kind, trial]),
    [["failed", 0], ["failed", 1], ["completed", 2]],
  );
});

gpuTest("train() evaluates averages, and hands them out behind the other tensors", async () => {
  const events = await run([{ average: { decay: 0.9 } }, {}, { average: { decay: 0 } }]);
  const [averaged, plain, same] = [0, 1, 2].map((trial) => resultsOf(events, trial));
  // the training itself is the same, what is evaluated is not; an average without memory is the parameters
  assert.deepEqual(averaged.map(({ trainLoss }) => trainLoss), plain.map(({ trainLoss }) => trainLoss));
  assert.notEqual(averaged[1].testLoss, plain[1].testLoss);
  assert.deepEqual(same.map(({ testLoss }) => testLoss), plain.map(({ testLoss }) => testLoss));
  assert.notEqual(averaged[1].weightsDigest, plain[1].weightsDigest);
  const [first, second] = [0, 1].map((trial) => {
    const end = events.find((event) => event.kind === "completed" && event.trial === trial);
    assert.ok(end?.kind === "completed");
    return end.tensors;
  });
  const names = second.map(({ name }) => name);
  const trained = names.filter((name) => !name.includes("running"));
  assert.deepEqual(first.map(({ name }) => name), [...names, ...trained.map((name) => `average.${name}`)]);
  second.forEach(({ data }, i) => assert.deepEqual(first[i].data, data));
});

gpuTest("train() lets each trial's plateau schedule look back at its own epochs", async () => {
  // nothing ever gets better by a factor of two or more
  const plateau: Partial<Training> = {
    schedule: { kind: "plateau", factor: 0.5, patience: 0, metric: "trainLoss", threshold: 0.9999 },
  };
  const alone = resultsOf(await run([plateau], { epochs: 4 }));
  assert.deepEqual(alone.map(({ learningRate }) => learningRate), [0.05, 0.05, 0.025, 0.0125]);
  const held = resultsOf(
    await run([{
      validationCount: 40,
      schedule: { kind: "plateau", factor: 0.5, patience: 0, metric: "validationLoss", threshold: 0.9999 },
    }], { epochs: 3 }),
  );
  assert.deepEqual(held.map(({ learningRate }) => learningRate), [0.05, 0.05, 0.025]);
  // some seeds get better in an epoch and others do not, so rates part company
  const touchy: Partial<Training> = {
    optimizer: { kind: "sgd", learningRate: 0.5, momentum: 0.9 },
    schedule: { kind: "plateau", factor: 0.1, patience: 0, metric: "trainAccuracy" },
  };
  const trial = trialOf(touchy, 4), trials = [0, 1, 2, 3, 4, 5].map((seed) => ({ ...trial, seed }));
  const company = await trainTrials(trials, 6),
    rates = trials.map((_, index) =>
      resultsOf(company, index).map(({ learningRate }) => learningRate).join()
    );
  assert.ok(new Set(rates).size > 1, rates.join("; "));
  for (const index of [0, 5]) {
    const byItself = resultsOf(await trainTrials([trials[index]], 1));
    assert.deepEqual(digestsOf(resultsOf(company, index)), digestsOf(byItself));
  }
});

gpuTest("train() gives the same digests for all of a recipe's terms alone and in company", async () => {
  const recipe: Partial<Training> = {
    optimizer: { kind: "adamW", learningRate: 0.01, weightDecay: 0.1, decayNormAndBias: false },
    labelSmoothing: 0.1,
    l1: 1e-4,
    clipNorm: 0.5,
    average: { decay: 0.9 },
    validationCount: 20,
    dropLast: true,
    initialization: "keras",
  };
  const trial = trialOf(recipe, 2), trials = [3, 4, 5].map((seed) => ({ ...trial, seed }));
  const company = await trainTrials(trials, 3), alone = resultsOf(await trainTrials(trials.slice(1, 2), 1));
  assert.equal(alone.length, 2);
  assert.deepEqual(digestsOf(resultsOf(company, 1)), digestsOf(alone));
  const decayed = { ...recipe, optimizer: { ...recipe.optimizer!, decayNormAndBias: true } };
  const other = resultsOf(await trainTrials([{ ...trialOf(decayed, 2), seed: 4 }], 1));
  assert.notDeepEqual(digestsOf(other), digestsOf(alone));
});

gpuTest(
  "train() takes images from the host where the device cannot make them, and they are the same",
  async () => {
    const rotate = { kind: "rotate", degrees: 15 } as const;
    const events = await run([
      { augmentation: [rotate] },
      // a crop of the image from itself: nothing changes but where the pixels are made
      { augmentation: [rotate, { kind: "randomCrop", padding: 0 }] },
      { augmentation: [rotate, { kind: "randomCrop", padding: 2 }] },
    ], { epochs: 2 });
    const [onDevice, onHost, cropped] = [0, 1, 2].map((trial) => digestsOf(resultsOf(events, trial)));
    assert.deepEqual(onHost, onDevice);
    assert.notDeepEqual(cropped, onDevice);
  },
);
