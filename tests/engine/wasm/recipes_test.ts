import assert from "node:assert/strict";
import { drawDataset } from "../../../data/synthetic.ts";
import type { EpochResult, ImageSet, TrialEvent } from "../../../engine/engine.ts";
import { createWasmEngine } from "../../../engine/wasm/mod.ts";
import { buildGraph } from "../../../models/graph.ts";
import type { Iteration, Training } from "../../../models/iteration.ts";
import { batchNorm, conv, flatten, type Layer, linear, maxPool, relu } from "../../../models/layers/mod.ts";

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

/** Trains the small network; several trials where several recipes are given. */
async function run(
  recipes: readonly Partial<Training>[],
  options: {
    readonly workers?: number;
    readonly epochs?: number;
    readonly train?: ImageSet;
    readonly test?: ImageSet;
  } = {},
): Promise<TrialEvent[]> {
  const { workers = 1, epochs = 2 } = options, events: TrialEvent[] = [];
  const engine = await createWasmEngine({ workers, wide: false });
  const trials = recipes.map((recipe) => {
    const iteration: Iteration = {
      id: 1,
      title: "Small",
      layers: LAYERS,
      parameters: buildGraph(LAYERS).parameterCount,
      training: { ...TRAINING, ...recipe },
    };
    return { iteration, seed: 3, epochs };
  });
  try {
    await engine.train(trials, {
      train: options.train ?? train,
      test: options.test ?? test,
      onEvent: (event) => events.push(event),
    });
  } finally {
    engine.close();
  }
  return events;
}

const resultsOf = (events: readonly TrialEvent[], trial = 0): EpochResult[] =>
  events.flatMap((event) => event.kind === "epoch" && event.trial === trial ? [event.result] : []);
const digestsOf = (results: readonly EpochResult[]): string[] =>
  results.map(({ weightsDigest }) => weightsDigest);

Deno.test("train() evaluates held-out images after every epoch, and the test set after the last alone", async () => {
  const held = part(train, 160, 203);
  const results = resultsOf(await run([{ validationCount: 43 }]));
  assert.deepEqual(results.map(({ testLoss, testAccuracy }) => [testLoss === null, testAccuracy === null]), [
    [true, true],
    [false, false],
  ]);
  // the same as a training on the images in front, tested on those that were held out
  const plain = resultsOf(await run([{}], { train: part(train, 0, 160), test: held }));
  assert.deepEqual(digestsOf(results), digestsOf(plain));
  assert.deepEqual(
    results.map(({ validationLoss, validationAccuracy }) => [validationLoss, validationAccuracy]),
    plain.map(({ testLoss, testAccuracy }) => [testLoss, testAccuracy]),
  );
  assert.deepEqual(plain.map(({ validationLoss }) => validationLoss), [null, null]);
});

Deno.test("train() with trainCount trains on the first images alone", async () => {
  const results = resultsOf(await run([{ trainCount: 100 }]));
  const plain = resultsOf(await run([{}], { train: part(train, 0, 100) }));
  assert.deepEqual(digestsOf(results), digestsOf(plain));
});

Deno.test("train() with dropLast leaves an epoch's smaller last batch out", async () => {
  const [{ trainAccuracy }] = resultsOf(await run([{ dropLast: true }], { epochs: 1 }));
  const correct = trainAccuracy * 192;
  assert.ok(Math.abs(correct - Math.round(correct)) < 1e-9, `${correct} of 192 images`);
  const [dropped] = resultsOf(await run([{ dropLast: true }], { epochs: 1, train: part(train, 0, 192) }));
  const [kept] = resultsOf(await run([{}], { epochs: 1, train: part(train, 0, 192) }));
  assert.equal(dropped.weightsDigest, kept.weightsDigest);
});

Deno.test("train() ends trials whose recipe asks for more images than there are as failed", async () => {
  const events = await run([{ trainCount: 200, validationCount: 4 }, { dropLast: true, batchSize: 204 }, {}]);
  assert.deepEqual(
    events.filter(({ kind }) => kind === "failed" || kind === "completed").map((
      { kind, trial },
    ) => [kind, trial]),
    [["failed", 0], ["failed", 1], ["completed", 2]],
  );
});

Deno.test("train() evaluates averages, and hands them out behind the other tensors", async () => {
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

Deno.test("train() carries what a plateau schedule looks back at from epoch to epoch and team to team", async () => {
  // nothing ever gets better by a factor of two or more
  const plateau: Partial<Training> = {
    schedule: { kind: "plateau", factor: 0.5, patience: 0, metric: "trainLoss", threshold: 0.9999 },
  };
  const alone = resultsOf(await run([plateau], { epochs: 4 }));
  assert.deepEqual(alone.map(({ learningRate }) => learningRate), [0.05, 0.05, 0.025, 0.0125]);
  // the second worker joins when the first trial has ended
  const company = await run([plateau, { ...plateau, trainCount: 40 }], { epochs: 4, workers: 2 });
  assert.deepEqual(digestsOf(resultsOf(company)), digestsOf(alone));
  const held = resultsOf(
    await run([{
      validationCount: 40,
      schedule: { kind: "plateau", factor: 0.5, patience: 0, metric: "validationLoss", threshold: 0.9999 },
    }], { epochs: 3 }),
  );
  assert.deepEqual(held.map(({ learningRate }) => learningRate), [0.05, 0.05, 0.025]);
});

Deno.test("train() gives the same digests for all of a recipe's terms on one worker and on three", async () => {
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
  const [alone, shared] = await Promise.all([1, 3].map((workers) => run([recipe], { workers })));
  assert.equal(resultsOf(alone).length, 2);
  assert.deepEqual(digestsOf(resultsOf(shared)), digestsOf(resultsOf(alone)));
  const decayed = { ...recipe, optimizer: { ...recipe.optimizer!, decayNormAndBias: true } };
  assert.notDeepEqual(digestsOf(resultsOf(await run([decayed]))), digestsOf(resultsOf(alone)));
});

Deno.test("train() plans memory for the images that there are, whatever the batch could hold", async () => {
  const recipes = [{ batchSize: 203 }, { batchSize: 1_000_000 }];
  const events = await run(recipes, { workers: 2 });
  const [fitting, whole] = recipes.map((_, trial) => digestsOf(resultsOf(events, trial)));
  assert.equal(fitting.length, 2, JSON.stringify(events.filter(({ kind }) => kind === "failed")));
  assert.deepEqual(whole, fitting);
  // several workers share each batch
  assert.deepEqual(digestsOf(resultsOf(await run([recipes[1]], { workers: 3 }))), fitting);
});
