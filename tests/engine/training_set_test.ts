import { deepEqual, equal, throws } from "node:assert/strict";
import type { Training } from "../../models/iteration.ts";
import { buildGraph } from "../../models/graph.ts";
import { batchNorm, flatten, linear } from "../../models/layers/mod.ts";
import { oneCycle } from "../../models/iterations/05_one_cycle.ts";
import {
  batches,
  checkLastBatch,
  imagesPerEpoch,
  shrinkTrainingSet,
  splitTrainingSet,
  stepsPerEpoch,
} from "../../engine/training_set.ts";

const whole = { trainCount: undefined, validationCount: undefined };

Deno.test("splitTrainingSet() trains on everything unless the recipe says otherwise", () => {
  deepEqual(splitTrainingSet(whole, 100), { trainCount: 100, validationStart: 100, validationCount: 0 });
  deepEqual(splitTrainingSet({ ...whole, trainCount: 30 }, 100), {
    trainCount: 30,
    validationStart: 100,
    validationCount: 0,
  });
  deepEqual(splitTrainingSet({ ...whole, validationCount: 10 }, 100), {
    trainCount: 90,
    validationStart: 90,
    validationCount: 10,
  });
  deepEqual(splitTrainingSet({ trainCount: 50, validationCount: 50 }, 100), {
    trainCount: 50,
    validationStart: 50,
    validationCount: 50,
  });
});

Deno.test("splitTrainingSet() rejects more images than there are", () => {
  throws(() => splitTrainingSet({ trainCount: 51, validationCount: 50 }, 100), {
    name: "RangeError",
    message:
      "Cannot split the training set: expected 51 images to train on and 50 held out, got 100 in all; " +
      'lower "trainCount" or "validationCount"',
  });
  throws(() => splitTrainingSet({ ...whole, validationCount: 100 }, 100), {
    message: /expected at least 1 images to train on and 100 held out, got 100 in all/,
  });
});

Deno.test("imagesPerEpoch() leaves out what is held out, not asked for, or dropped", () => {
  const images = (changes: Partial<Training>) =>
    imagesPerEpoch({ ...oneCycle.training, batchSize: 32, ...changes }, 100);
  equal(images({}), 100);
  equal(images({ validationCount: 10 }), 90);
  equal(images({ trainCount: 50, validationCount: 10 }), 50);
  equal(images({ dropLast: true }), 96);
  equal(images({ dropLast: true, validationCount: 10 }), 64);
  equal(images({ validationCount: 100 }), 1);
});

Deno.test("stepsPerEpoch() counts the smaller last batch unless it is dropped", () => {
  equal(stepsPerEpoch({ batchSize: 32, dropLast: false }, 100), 4);
  equal(stepsPerEpoch({ batchSize: 32, dropLast: true }, 100), 3);
  equal(stepsPerEpoch({ batchSize: 25, dropLast: true }, 100), 4);
  throws(() => stepsPerEpoch({ batchSize: 128, dropLast: true }, 100), {
    name: "RangeError",
    message: 'Cannot train with "dropLast": expected at least 128 images, got 100; lower "batchSize"',
  });
});

Deno.test("batches() are views of the order, each example once", () => {
  const order = Uint32Array.of(4, 2, 0, 1, 3, 6, 5);
  deepEqual(batches({ batchSize: 3, dropLast: false }, order).map((batch) => [...batch]), [
    [4, 2, 0],
    [1, 3, 6],
    [5],
  ]);
  const [first, ...others] = batches({ batchSize: 3, dropLast: true }, order);
  equal(others.length, 1);
  equal(first.buffer, order.buffer);
});

Deno.test("shrinkTrainingSet() keeps the recipe's proportions", () => {
  const recipe = { trainCount: 54_000, validationCount: 6_000, epochs: 10 };
  const shrunk = shrinkTrainingSet(recipe, { fullCount: 60_000, count: 4_096 });
  deepEqual(shrunk, { trainCount: 3_686, validationCount: 409, epochs: 10 });
  splitTrainingSet(shrunk, 4_096);
  deepEqual(shrinkTrainingSet(whole, { fullCount: 60_000, count: 4_096 }), whole);
  deepEqual(shrinkTrainingSet(recipe, { fullCount: 60_000, count: 2 }).validationCount, 1);
});

Deno.test("checkLastBatch() refuses one example where a batch norm has a single value of each channel", () => {
  const graph = buildGraph([flatten(), linear({ out: 10 }), batchNorm()]);
  throws(() => checkLastBatch(graph, { batchSize: 128, dropLast: false }, 1025), {
    name: "RangeError",
    message: "Cannot train on batches of 128: expected at least 2 examples in every batch, since layer 3 " +
      "(batchNorm) has one value of a channel in each, got 1 in the last of 1025 images; " +
      'set "dropLast" or another "batchSize"',
  });
  checkLastBatch(graph, { batchSize: 128, dropLast: true }, 1025);
  checkLastBatch(graph, { batchSize: 128, dropLast: false }, 1026);
  // its norms have maps of many places
  checkLastBatch(buildGraph(oneCycle.layers), { batchSize: 128, dropLast: false }, 1025);
});
