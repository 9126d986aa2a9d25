import assert from "node:assert/strict";
import type { Trial } from "../../../engine/engine.ts";
import { createWasmEngine } from "../../../engine/wasm/mod.ts";
import { planProgram } from "../../../engine/wasm/program.ts";
import { conv, globalAveragePool, linear, maxPool } from "../../../models/layers/mod.ts";
import { IGNORE_WITHOUT_MNIST, mnistFolder } from "../../data/real_mnist.ts";
import { loadDataset } from "../../../data/dataset.ts";
import { iterationNumber, trainShort } from "./short_trainings.ts";

Deno.test("createWasmEngine() names the engine and its device", async () => {
  const engine = await createWasmEngine({ workers: 1, wide: false });
  try {
    assert.match(engine.name, /^wasm(-unfused)?$/);
    assert.equal(engine.device.workers, 1);
    assert.match(engine.device.description, /WebAssembly SIMD with(out)? fused multiply-add$/);
  } finally {
    engine.close();
  }
});

Deno.test("createWasmEngine() refuses a number of workers that is none", async () => {
  await assert.rejects(createWasmEngine({ workers: 0 }), {
    name: "RangeError",
    message: "Cannot start the wasm engine: expected a positive number of workers, got 0",
  });
});

Deno.test("train() refuses images that are no bytes, by a rejection, and stays open", async () => {
  const engine = await createWasmEngine({ workers: 1, wide: false });
  try {
    const images = new Float32Array(784) as unknown as Uint8Array, labels = new Uint8Array(1);
    const training = engine.train([], {
      train: { images, labels },
      test: { images, labels },
      onEvent: () => {},
    });
    await assert.rejects(training, {
      name: "TypeError",
      message: /training images as a Uint8Array, got Float32Array/,
    });
    const set = { images: new Uint8Array(784), labels };
    await engine.train([], { train: set, test: set, onEvent: () => {} });
  } finally {
    engine.close();
  }
});

Deno.test("train() refuses trials that cannot be meant, by a rejection, and stays open", async () => {
  const engine = await createWasmEngine({ workers: 1, wide: false });
  try {
    const set = { images: new Uint8Array(784), labels: new Uint8Array(1) };
    const options = { train: set, test: set, onEvent: () => {} };
    const iteration = { ...iterationNumber(1), parameters: 7 };
    await assert.rejects(engine.train([{ iteration, seed: 0, epochs: 1 }], options), {
      name: "RangeError",
      message: /^Cannot use iteration 1: expected the declared 7 parameters/,
    });
    await engine.train([], options);
  } finally {
    engine.close();
  }
});

Deno.test("train() ends a diverging trial as such and goes on with the others", async () => {
  const iteration = iterationNumber(5);
  const hopeless = {
    ...iteration,
    training: {
      ...iteration.training,
      optimizer: { kind: "sgd", learningRate: 1e30, momentum: 0.9, weightDecay: 0 },
      schedule: { kind: "constant" },
    },
  } as const;
  const events = await trainShort([
    { iteration: hopeless, seed: 0, epochs: 2 },
    { iteration, seed: 0, epochs: 1 },
  ], { workers: 2 });
  const ends = events.filter(({ kind }) => kind !== "progress" && kind !== "epoch");
  assert.deepEqual(ends.map(({ kind, trial }) => [kind, trial]).sort(), [["completed", 1], ["diverged", 0]]);
  assert.equal(events.some((event) => event.kind === "epoch" && event.trial === 0), false);
});

Deno.test("train() ends a trial that cannot be planned as failed and goes on with the others", async () => {
  const iteration = iterationNumber(1);
  const training = { ...iteration.training, trainCount: 1004 };
  const impossible = { ...iteration, training };
  const events = await trainShort([
    { iteration: impossible, seed: 0, epochs: 1 },
    { iteration, seed: 0, epochs: 1 },
  ], { workers: 1 });
  const failed = events.find((event) => event.kind === "failed");
  assert.ok(failed?.kind === "failed" && failed.trial === 0);
  assert.match(failed.message, /^Cannot split the training set: expected 1004 images/);
  assert.ok(events.some((event) => event.kind === "completed" && event.trial === 1));
});

Deno.test("train() stops within a second when it is aborted", async () => {
  // more than any processor trains in the meantime
  const matched = iterationNumber(4), epochs = 1_000_000;
  const iteration = { ...matched, training: { ...matched.training, epochs } };
  const abort = new AbortController();
  let abortedAt = 0;
  setTimeout(() => {
    abortedAt = performance.now();
    abort.abort();
  }, 700);
  await assert.rejects(
    trainShort([{ iteration, seed: 0, epochs }], { workers: 2, wide: false, signal: abort.signal }),
    { name: "AbortError" },
  );
  assert.ok(performance.now() - abortedAt < 1000);
});

Deno.test("train() reports 203 predictions and every tensor by its name", async () => {
  const iteration = iterationNumber(1);
  const events = await trainShort([{ iteration, seed: 0, epochs: 1 }], { workers: 1 });
  const end = events.find((event) => event.kind === "completed");
  assert.ok(end?.kind === "completed");
  assert.equal(end.predictions.length, 203);
  assert.ok(end.predictions.every((digit) => digit <= 9));
  assert.deepEqual(end.tensors.map(({ name }) => name), [
    ...["0.weight", "0.bias", "1.weight", "1.bias"],
    ...["3.weight", "3.bias", "4.weight", "4.bias", "10.weight", "10.bias"],
    ...["1.running_mean", "1.running_var", "4.running_mean", "4.running_var"],
  ]);
});

Deno.test("planProgram() keeps a trial of the five iterations within 100 MiB on two workers", () => {
  for (const id of [1, 2, 3, 4, 5]) {
    const { pages } = planProgram(iterationNumber(id), { workers: 2 });
    assert.ok(pages / 16 <= 100, `iteration ${id}: ${pages / 16} MiB`);
  }
});

Deno.test("planProgram() names the max-pool whose windows are too many to compile", () => {
  const { training } = iterationNumber(1);
  const layers = [
    conv({ out: 2, kernel: 3, padding: 1 }),
    maxPool({ size: 21, stride: 1, padding: 10 }),
    globalAveragePool(),
    linear({ out: 10 }),
  ];
  assert.throws(() => planProgram({ layers, training }, { workers: 1 }), {
    name: "RangeError",
    message:
      "Cannot compile layer 2 (maxPool): expected at most 62000 places in windows of different shapes, " +
      'got 109561; lower its "padding" or "size"',
  });
});

Deno.test("train() brings iteration 5 to 97 % on MNIST in two epochs", {
  ignore: IGNORE_WITHOUT_MNIST,
}, async () => {
  const { train, test } = await loadDataset("mnist", { dir: mnistFolder() });
  const trials: Trial[] = [{ iteration: iterationNumber(5), seed: 0, epochs: 2 }];
  const engine = await createWasmEngine();
  const accuracies: number[] = [];
  try {
    await engine.train(trials, {
      train,
      test,
      onEvent: (event) => {
        if (event.kind === "epoch") accuracies.push(event.result.testAccuracy!);
      },
    });
  } finally {
    engine.close();
  }
  assert.ok(accuracies[1] >= 0.97, `reached ${accuracies.join(", ")}`);
});
