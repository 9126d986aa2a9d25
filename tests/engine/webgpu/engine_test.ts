import assert from "node:assert/strict";
import { drawDataset } from "../../../data/synthetic.ts";
import { DeviceError, type Trial, type TrialEvent } from "../../../engine/engine.ts";
import { DrawPool } from "../../../engine/webgpu/draw_pool.ts";
import { Gpu } from "../../../engine/webgpu/gpu.ts";
import { createWebgpuEngine, type WebgpuOptions } from "../../../engine/webgpu/mod.ts";
import { DeviceData, DeviceNetwork } from "../../../engine/webgpu/network.ts";
import { planProgram } from "../../../engine/webgpu/program.ts";
import { trainGroup } from "../../../engine/webgpu/trial_group.ts";
import { loadIterations } from "../../../models/catalog.ts";
import { countParameters } from "../../../models/graph.ts";
import type { Iteration } from "../../../models/iteration.ts";
import { averagePool, flatten, linear } from "../../../models/layers/mod.ts";
import { GPU_TEST, sharedGpu } from "./adapter.ts";

/** A batch of 128 and one of 44; a test set that is no multiple of 32. */
const TRAIN_COUNT = 172;
const { train, test } = drawDataset({ trainCount: TRAIN_COUNT, testCount: 203 });

function gpuTest(name: string, run: () => Promise<void>): void {
  Deno.test(name, GPU_TEST, run);
}

async function iterationNumber(id: number): Promise<Iteration> {
  return (await loadIterations()).find((iteration) => iteration.id === id)!;
}

async function trainShort(
  trials: readonly Trial[],
  options: WebgpuOptions = {},
): Promise<TrialEvent[]> {
  const events: TrialEvent[] = [];
  const engine = await createWebgpuEngine({ workers: 1, ...options });
  try {
    await engine.train(trials, { train, test, onEvent: (event) => events.push(event) });
  } finally {
    engine.close();
  }
  return events;
}

gpuTest("train() refuses a label above 9, with value and index", async () => {
  const engine = await createWebgpuEngine({ workers: 1 });
  try {
    const labels = train.labels.slice();
    labels[5] = 25;
    const training = engine.train([], { train, test: { ...train, labels }, onEvent: () => {} });
    await assert.rejects(training, {
      name: "RangeError",
      message: /test labels from 0 to 9, got 25 at index 5/,
    });
  } finally {
    engine.close();
  }
});

function digestsOf(events: readonly TrialEvent[], trial: number): string[] {
  return events.flatMap((event) =>
    event.kind === "epoch" && event.trial === trial ? [event.result.weightsDigest] : []
  );
}

const endsOf = (events: readonly TrialEvent[]) =>
  events.filter(({ kind }) => kind !== "progress" && kind !== "epoch").map((
    { kind, trial },
  ) => [kind, trial]);

gpuTest("createWebgpuEngine() names the adapter and says whether it is software", async () => {
  const engine = await createWebgpuEngine({ workers: 1 });
  try {
    assert.equal(engine.name, "webgpu");
    assert.equal(engine.device.workers, 1);
    const { isSoftware, name } = await sharedGpu();
    assert.equal(engine.device.kind, isSoftware ? "software" : "gpu");
    assert.ok(engine.device.description.startsWith(name));
    assert.equal(/software adapter/.test(engine.device.description), isSoftware);
  } finally {
    engine.close();
  }
});

gpuTest("createWebgpuEngine() refuses numbers that are none", async () => {
  await assert.rejects(createWebgpuEngine({ workers: 0 }), {
    name: "RangeError",
    message: "Cannot start the webgpu engine: expected a positive number of workers, got 0",
  });
  await assert.rejects(createWebgpuEngine({ trialsAtOnce: 1.5 }), {
    message: "Cannot start the webgpu engine: expected a positive number of trials at once, got 1.5",
  });
});

gpuTest("train() gives a trial the same bits alone, in company, in another share and again", async () => {
  for (const [id, epochs] of [[1, 2], [5, 1]]) {
    const iteration = await iterationNumber(id);
    const trials = [7, 8, 9].map((seed): Trial => ({ iteration, seed, epochs }));
    const together = await trainShort(trials, { trialsAtOnce: 3 });
    const shares = await trainShort(trials, { trialsAtOnce: 2 });
    const alone = await trainShort(trials.slice(1, 2), { trialsAtOnce: 1 });
    assert.equal(digestsOf(alone, 0).length, epochs);
    assert.deepEqual(digestsOf(together, 1), digestsOf(alone, 0));
    for (const trial of trials.keys()) {
      assert.deepEqual(digestsOf(shares, trial), digestsOf(together, trial));
    }
    assert.equal(new Set(trials.flatMap((_, trial) => digestsOf(together, trial))).size, 3 * epochs);
  }
});

gpuTest("train() lowers each trial's rate by what that trial measured, alone and in company", async () => {
  const layers = [averagePool({ size: 4 }), flatten(), linear({ out: 10 })];
  const iteration: Iteration = {
    ...await iterationNumber(1),
    layers,
    parameters: countParameters(layers),
    training: {
      epochs: 5,
      batchSize: 64,
      // so high that the loss rises as often as it falls
      optimizer: { kind: "sgd", learningRate: 4 },
      schedule: { kind: "plateau", factor: 0.5, patience: 0, metric: "validationLoss" },
      augmentation: [],
      trainNormalization: { mean: 0.1307, deviation: 0.3081 },
      testNormalization: { mean: 0.1307, deviation: 0.3081 },
      validationCount: 40,
    },
  };
  const trials = [0, 1, 2].map((seed): Trial => ({ iteration, seed, epochs: 5 }));
  const together = await trainShort(trials, { trialsAtOnce: 3 });
  const resultsOf = (trial: number) =>
    together.flatMap((event) => event.kind === "epoch" && event.trial === trial ? [event.result] : []);
  const courses = trials.map((_, trial) => {
    // as `ReduceLROnPlateau` does it, threshold 1e-4
    let rate = 4, best = Infinity;
    const results = resultsOf(trial), expected: number[] = [];
    for (const { validationLoss } of results) {
      expected.push(rate);
      if (validationLoss! < best * (1 - 1e-4)) best = validationLoss!;
      else rate /= 2;
    }
    assert.deepEqual(results.map(({ learningRate }) => learningRate), expected);
    return expected.join();
  });
  assert.ok(new Set(courses).size > 1, `courses that differ from trial to trial: ${courses.join("; ")}`);
  for (const trial of trials.keys()) {
    const alone = await trainShort(trials.slice(trial, trial + 1), { trialsAtOnce: 1 });
    assert.deepEqual(digestsOf(together, trial), digestsOf(alone, 0));
  }
});

gpuTest("train() makes iteration 1 the beginning of iteration 2", async () => {
  const [first, second] = await Promise.all([1, 2].map(iterationNumber));
  const events = await trainShort([
    { iteration: first, seed: 0, epochs: 2 },
    { iteration: second, seed: 0, epochs: 2 },
  ]);
  assert.deepEqual(digestsOf(events, 0), digestsOf(events, 1));
});

gpuTest("train() ends a diverging trial as such and goes on with the others", async () => {
  const iteration = await iterationNumber(5);
  const hopeless: Iteration = {
    ...iteration,
    training: {
      ...iteration.training,
      optimizer: { kind: "sgd", learningRate: 1e30, momentum: 0.9, weightDecay: 0 },
      schedule: { kind: "constant" },
    },
  };
  const events = await trainShort([
    { iteration: hopeless, seed: 0, epochs: 2 },
    { iteration, seed: 0, epochs: 1 },
  ]);
  assert.deepEqual(endsOf(events), [["diverged", 0], ["completed", 1]]);
  assert.deepEqual(digestsOf(events, 0), []);
});

gpuTest("train() ends trials that cannot be planned as failed and goes on", async () => {
  const iteration = await iterationNumber(1);
  const training = { ...iteration.training, trainCount: TRAIN_COUNT + 1 };
  const impossible: Iteration = { ...iteration, training };
  const events = await trainShort([
    { iteration: impossible, seed: 0, epochs: 1 },
    { iteration: impossible, seed: 1, epochs: 1 },
    { iteration, seed: 0, epochs: 1 },
  ]);
  assert.deepEqual(endsOf(events), [["failed", 0], ["failed", 1], ["completed", 2]]);
  const messages = events.flatMap((event) => event.kind === "failed" ? [event.message] : []);
  assert.match(messages[0], /^Cannot split the training set: expected 173 images/);
});

gpuTest("train() refuses trials that cannot be meant, by a rejection, and stays open", async () => {
  const engine = await createWebgpuEngine({ workers: 1 });
  try {
    const iteration = { ...await iterationNumber(1), parameters: 7 }, options = { train, test, onEvent() {} };
    await assert.rejects(engine.train([{ iteration, seed: 0, epochs: 1 }], options), {
      name: "RangeError",
      message: /^Cannot use iteration 1: expected the declared 7 parameters/,
    });
    await engine.train([], options);
  } finally {
    engine.close();
  }
});

gpuTest("trainGroup() ends trials that cannot be drawn as failed", async () => {
  const gpu = await sharedGpu(), data = await DeviceData.create(gpu, { train, test }), pool = new DrawPool(1);
  const first = await iterationNumber(1), events: TrialEvent[] = [];
  // an angle that the project's cosine refuses; the engine's door does not let it in
  const training = { ...first.training, augmentation: [{ kind: "rotate", degrees: 1e9 }] } as const;
  const iteration: Iteration = { ...first, training };
  const network = (await DeviceNetwork.create(gpu, planProgram(iteration, data.sizes), { trials: 2, data }))!;
  const group = [0, 1].map((seed) => ({ index: seed, trial: { iteration, seed, epochs: 1 } }));
  try {
    await trainGroup(gpu, network, group, { data, pool, onEvent: (event) => events.push(event) });
  } finally {
    pool.close();
    network.destroy();
    data.destroy();
  }
  assert.deepEqual(endsOf(events), [["failed", 0], ["failed", 1]]);
  assert.match(events[0].kind === "failed" ? events[0].message : "", /^Cannot compute (sin|cos)/);
});

/** Of two steps and 10 ms of waiting each: hours on any device, and schedules as long. */
const ENDLESS = 1_000_000;

gpuTest("train() stops within a second when it is aborted", async () => {
  const iteration = await iterationNumber(1);
  const endless: Iteration = { ...iteration, training: { ...iteration.training, epochs: ENDLESS } };
  const abort = new AbortController();
  let abortedAt = Infinity;
  const engine = await createWebgpuEngine({ workers: 1 });
  const training = engine.train([{ iteration: endless, seed: 0, epochs: ENDLESS }], {
    train,
    test,
    signal: abort.signal,
    onEvent(event) {
      if (event.kind !== "epoch" || event.result.epoch !== 1) return;
      // while a later epoch is on the device
      setTimeout(() => {
        abortedAt = performance.now();
        abort.abort();
      }, 100);
    },
  });
  try {
    await assert.rejects(training, { name: "AbortError" });
  } finally {
    engine.close();
  }
  const ms = performance.now() - abortedAt;
  assert.ok(ms >= 0 && ms < 1000, `stopped ${ms} ms after the abort`);
});

gpuTest("train() reports progress, every epoch, 203 predictions and every tensor by its name", async () => {
  const iteration = await iterationNumber(1);
  const events = await trainShort([{ iteration, seed: 0, epochs: 1 }]);
  const progress = events.flatMap((event) => event.kind === "progress" ? [event.images] : []);
  assert.equal(progress.at(-1), TRAIN_COUNT);
  assert.deepEqual(progress, progress.toSorted((a, b) => a - b));
  const epoch = events.find((event) => event.kind === "epoch");
  const end = events.find((event) => event.kind === "completed");
  assert.ok(end?.kind === "completed" && epoch?.kind === "epoch");
  const right = end.predictions.filter((digit, index) => digit === test.labels[index]).length;
  assert.equal(epoch.result.testAccuracy, right / 203);
  assert.deepEqual(end.tensors.map(({ name }) => name), [
    ...["0.weight", "0.bias", "1.weight", "1.bias"],
    ...["3.weight", "3.bias", "4.weight", "4.bias", "10.weight", "10.bias"],
    ...["1.running_mean", "1.running_var", "4.running_mean", "4.running_var"],
  ]);
});

gpuTest("DeviceNetwork takes no more trials than a buffer can hold", async () => {
  const gpu = await sharedGpu(), data = await DeviceData.create(gpu, { train, test });
  const program = planProgram(await iterationNumber(5), data.sizes);
  const tooMany = Math.ceil(gpu.maximumBufferBytes / (4 * 16 * 28 * 28 * 128)) + 1;
  assert.equal(await DeviceNetwork.create(gpu, program, { trials: tooMany, data }), undefined);
  data.destroy();
});

gpuTest("a lost device is an error that names the adapter", async () => {
  const gpu = await Gpu.open();
  const data = await DeviceData.create(gpu, { train, test });
  gpu.device.destroy();
  await gpu.device.lost;
  await assert.rejects(gpu.finish(), (error: Error) => {
    assert.ok(error instanceof DeviceError);
    assert.ok(
      error.message.startsWith(`Cannot use "${gpu.name}": expected a GPU that stays, got a lost device`),
    );
    return true;
  });
  data.destroy();
});

gpuTest("trainGroup() ends when its device is lost in the middle of an epoch", async () => {
  const gpu = await Gpu.open(), data = await DeviceData.create(gpu, { train, test });
  const iteration = await iterationNumber(1), pool = new DrawPool(1);
  const network = (await DeviceNetwork.create(gpu, planProgram(iteration, data.sizes), { trials: 1, data }))!;
  const trial: Trial = { iteration, seed: 0, epochs: 5 }, kinds: string[] = [];
  const onEvent = (event: TrialEvent) => {
    kinds.push(event.kind);
    if (event.kind === "epoch") gpu.device.destroy();
  };
  try {
    await assert.rejects(
      trainGroup(gpu, network, [{ index: 0, trial }], { data, pool, onEvent }),
      (error: Error) => error instanceof DeviceError && error.message.includes(gpu.name),
    );
  } finally {
    pool.close();
  }
  assert.equal(kinds.filter((kind) => kind === "epoch").length, 1, kinds.join(" "));
  assert.ok(!kinds.includes("completed"));
});

gpuTest("a kernel that is no WGSL is an error that names it and the adapter", async () => {
  const gpu = await sharedGpu();
  const kernel = { label: "broken", code: "fn main( {", bindings: [], workgroups: [1, 1] as const };
  await assert.rejects(gpu.compile({ ...kernel, work: { flop: 0, bytes: 0 } }), (error: Error) => {
    assert.ok(error instanceof DeviceError);
    assert.ok(error.message.startsWith(`Cannot compile kernel "broken" for "${gpu.name}"`));
    return true;
  });
});
