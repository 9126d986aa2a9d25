import { deepEqual, equal, match, notEqual, ok, rejects } from "node:assert/strict";
import { drawDataset } from "../../../data/synthetic.ts";
import type { EpochResult, Trial, TrialEvent } from "../../../engine/engine.ts";
import { createTensorflowEngine } from "../../../engine/tensorflow/mod.ts";
import { createWasmEngine } from "../../../engine/wasm/mod.ts";
import { weightsDigest } from "../../../engine/digest.ts";
import { countParameters } from "../../../models/graph.ts";
import type { Iteration, Training } from "../../../models/iteration.ts";
import { batchNorm, conv, dropout, flatten, linear, maxPool, relu } from "../../../models/layers/mod.ts";
import { iterationNumber } from "../wasm/short_trainings.ts";
import { IGNORE_WITHOUT_PACKAGES } from "./process.ts";

const ignore = IGNORE_WITHOUT_PACKAGES;

const { train, test } = drawDataset({ trainCount: 20, testCount: 6 });

const LAYERS = [
  maxPool({ size: 4 }),
  conv({ out: 4, kernel: 3 }),
  batchNorm(),
  relu(),
  dropout({ p: 0.1 }),
  conv({ out: 5, kernel: 3 }),
  batchNorm(),
  relu(),
  flatten(),
  linear({ out: 10 }),
];

/** Iteration 1's training, in batches of 8, the last of 4, of a network that plain JavaScript trains in no time. */
const small: Iteration = {
  ...iterationNumber(1),
  layers: LAYERS,
  parameters: countParameters(LAYERS),
  training: { ...iterationNumber(1).training, epochs: 100_000, batchSize: 8 },
};

/** The same with another recipe. */
const withTraining = (training: Partial<Training>): Iteration => ({
  ...small,
  training: { ...small.training, ...training },
});

async function trainAll(
  trials: readonly Trial[],
  options: { readonly workers: number; readonly signal?: AbortSignal },
): Promise<TrialEvent[]> {
  const events: TrialEvent[] = [];
  const engine = await createTensorflowEngine({ backend: "cpu", workers: options.workers });
  try {
    await engine.train(trials, {
      train,
      test,
      onEvent: (event) => events.push(event),
      signal: options.signal,
    });
  } finally {
    engine.close();
  }
  return events;
}

const epochsOf = (events: readonly TrialEvent[], trial: number): EpochResult[] =>
  events.flatMap((event) => event.kind === "epoch" && event.trial === trial ? [event.result] : []);

Deno.test("createTensorflowEngine() names the engine and what it has loaded", { ignore }, async () => {
  const engine = await createTensorflowEngine({ backend: "cpu", workers: 3 });
  try {
    equal(engine.name, "tensorflow");
    equal(engine.device.workers, 3);
    match(engine.device.description, /, tfjs 4\.22\.0, plain JavaScript$/);
  } finally {
    engine.close();
  }
  await rejects(engine.train([], { train, test, onEvent: () => {} }), /got a closed one/);
});

Deno.test("createTensorflowEngine() refuses a number of workers that is none", async () => {
  await rejects(createTensorflowEngine({ workers: 0 }), {
    name: "RangeError",
    message: "Cannot start the tensorflow engine: expected a positive number of workers, got 0",
  });
});

Deno.test("train() on TensorFlow.js gives what the CPU engine gives", { ignore }, async () => {
  const iteration = small, trials = [{ iteration, seed: 4, epochs: 2 }];
  const events = await trainAll(trials, { workers: 1 });
  const wasm = await createWasmEngine({ workers: 1 }), expected: TrialEvent[] = [];
  try {
    await wasm.train(trials, { train, test, onEvent: (event) => expected.push(event) });
  } finally {
    wasm.close();
  }
  const got = epochsOf(events, 0), wanted = epochsOf(expected, 0);
  equal(got.length, 2);
  // float32 beside float32, three and six steps from the start; the first epoch's losses are of nearly the same weights
  ok(
    Math.abs(got[0].trainLoss / wanted[0].trainLoss - 1) < 1e-4,
    `${got[0].trainLoss}, ${wanted[0].trainLoss}`,
  );
  ok(
    Math.abs(got[1].trainLoss / wanted[1].trainLoss - 1) < 1e-2,
    `${got[1].trainLoss}, ${wanted[1].trainLoss}`,
  );
  equal(got[0].trainAccuracy, wanted[0].trainAccuracy);
  equal(got[1].learningRate, wanted[1].learningRate);
  const end = events.find((event) => event.kind === "completed");
  const wasmEnd = expected.find((event) => event.kind === "completed");
  ok(end?.kind === "completed" && wasmEnd?.kind === "completed");
  equal(end.predictions.length, 6);
  deepEqual(
    end.tensors.map(({ name, shape }) => ({ name, shape })),
    wasmEnd.tensors.map(({ name, shape }) => ({ name, shape })),
  );
});

Deno.test("train() ends diverging and impossible trials as such and goes on", { ignore }, async () => {
  const iteration = small;
  const hopeless = withTraining({
    optimizer: { kind: "sgd", learningRate: 1e30, momentum: 0.9, weightDecay: 0 },
    schedule: { kind: "constant" },
  });
  const events = await trainAll([
    { iteration: hopeless, seed: 0, epochs: 2 },
    { iteration: withTraining({ trainCount: 21 }), seed: 0, epochs: 1 },
    { iteration, seed: 0, epochs: 1 },
  ], { workers: 2 });
  const ends = events.filter(({ kind }) => kind !== "progress" && kind !== "epoch");
  deepEqual(ends.map(({ kind, trial }) => [trial, kind]).sort(), [
    [0, "diverged"],
    [1, "failed"],
    [2, "completed"],
  ]);
  const failed = ends.find((event) => event.kind === "failed");
  match(
    failed?.kind === "failed" ? failed.message : "",
    /^Cannot split the training set: expected 21 images/,
  );
});

Deno.test(
  "train() looks at held-out images every epoch and at the test set after the last",
  { ignore },
  async () => {
    const iteration = withTraining({ validationCount: 6, dropLast: true });
    const events = await trainAll([{ iteration, seed: 1, epochs: 3 }], { workers: 1 });
    const results = epochsOf(events, 0);
    equal(results.length, 3);
    for (const { epoch, validationLoss, validationAccuracy, testLoss, testAccuracy } of results) {
      ok(validationLoss !== null && validationLoss > 0 && validationAccuracy !== null);
      equal(testLoss === null, epoch < 3);
      equal(testAccuracy === null, epoch < 3);
    }
    // 14 images are left: one batch of 8, so accuracies are eighths, those of 6 images sixths
    for (const { trainAccuracy, validationAccuracy } of results) {
      equal(8 * trainAccuracy % 1, 0);
      const sixths = 6 * validationAccuracy!;
      ok(Math.abs(sixths - Math.round(sixths)) < 1e-9);
    }
    const end = events.find((event) => event.kind === "completed");
    equal(end?.kind === "completed" ? end.predictions.length : 0, 6);
    // what is held out decides nothing: the same weights from the first 14 images alone
    const alone = await trainAll([
      { iteration: withTraining({ trainCount: 14, dropLast: true }), seed: 1, epochs: 3 },
    ], { workers: 1 });
    deepEqual(
      epochsOf(alone, 0).map(({ weightsDigest }) => weightsDigest),
      results.map(({ weightsDigest }) => weightsDigest),
    );
    ok(
      epochsOf(alone, 0).every(({ validationLoss, testLoss }) =>
        validationLoss === null && testLoss !== null
      ),
    );
  },
);

Deno.test("train() lowers the rate where the recipe's figure no longer falls", { ignore }, async () => {
  // an accuracy that cannot become 100 times as good
  const schedule = {
    kind: "plateau",
    factor: 0.5,
    patience: 0,
    metric: "validationAccuracy",
    threshold: 100,
  } as const;
  const iteration = withTraining({ validationCount: 6, schedule });
  const results = epochsOf(await trainAll([{ iteration, seed: 1, epochs: 3 }], { workers: 1 }), 0);
  const { learningRate } = small.training.optimizer;
  deepEqual(
    results.map((result) => result.learningRate),
    [1, 1, 0.5].map((share) => share * learningRate!),
  );
});

Deno.test(
  "train() evaluates the average of the parameters and hands it out behind them",
  { ignore },
  async () => {
    // an average that stays at the start
    const averaged = withTraining({ average: { decay: 1 - 2 ** -20 } });
    const events = await trainAll([
      { iteration: averaged, seed: 2, epochs: 1 },
      { iteration: small, seed: 2, epochs: 1 },
    ], { workers: 1 });
    const [first, second] = [0, 1].map((trial) => epochsOf(events, trial)[0]);
    equal(first.trainLoss, second.trainLoss);
    notEqual(first.testLoss, second.testLoss);
    const [withAverages, plain] = [0, 1].map((trial) => {
      const end = events.find((event) => event.kind === "completed" && event.trial === trial);
      return end?.kind === "completed" ? end.tensors : [];
    });
    deepEqual(withAverages.slice(0, plain.length), plain);
    const parameters = plain.filter(({ name }) => !name.includes("running"));
    deepEqual(
      withAverages.slice(plain.length).map(({ name, shape }) => [name, shape]),
      parameters.map(({ name, shape }) => [`average.${name}`, shape]),
    );
    equal(first.weightsDigest, weightsDigest(withAverages));
    equal(second.weightsDigest, weightsDigest(plain));
  },
);

Deno.test("train() stops when it is aborted, and when the caller throws", { ignore }, async () => {
  const iteration = small, trials = [{ iteration, seed: 0, epochs: 100_000 }];
  const abort = new AbortController();
  let abortedAt = 0;
  setTimeout(() => {
    abortedAt = performance.now();
    abort.abort();
  }, 2500);
  await rejects(trainAll(trials, { workers: 1, signal: abort.signal }), { name: "AbortError" });
  ok(abortedAt > 0 && performance.now() - abortedAt < 1000);
  const engine = await createTensorflowEngine({ backend: "cpu", workers: 1 });
  const onEvent = () => {
    throw new Error("the caller's own");
  };
  const unmeant = { iteration: { ...iteration, parameters: 7 }, seed: 0, epochs: 1 };
  await rejects(engine.train([unmeant], { train, test, onEvent }), /^RangeError: Cannot use iteration 1: /);
  await rejects(engine.train(trials, { train, test, onEvent }), /the caller's own/);
});

Deno.test(
  "createTensorflowEngine() says in one line that no native backend is set up",
  { ignore },
  async () => {
    // the package for GPUs is set up nowhere that runs these tests
    await rejects(createTensorflowEngine({ backend: "node-gpu" }), (error: Error) => {
      match(
        error.message,
        /^Cannot start TensorFlow\.js on "@tensorflow\/tfjs-node-gpu": expected .+, got .+; /,
      );
      return !error.message.includes("\n");
    });
  },
);
