import assert from "node:assert/strict";
import { weightsDigest } from "../../engine/digest.ts";
import type { StoredTensor } from "../../engine/safetensors.ts";
import { flatten, linear } from "../../models/layers/mod.ts";
import { evaluationWeights } from "../../page/weights.ts";

const LAYERS = [flatten(), linear({ out: 10 })];
const NAMES = { file: "mine.safetensors", network: "iteration 1" };
const floats = (length: number, value = 1) => new Float32Array(length).fill(value);
const WEIGHT: StoredTensor = { name: "1.weight", shape: [10, 784], data: floats(7840) };
const BIAS: StoredTensor = { name: "1.bias", shape: [10], data: floats(10, 2) };

Deno.test("evaluationWeights() puts tensors in canonical order, averages in the parameters' place", () => {
  const { weights, digest } = evaluationWeights(LAYERS, [BIAS, WEIGHT], NAMES);
  assert.deepEqual([weights.length, weights[0], weights[7839], weights[7840]], [7850, 1, 1, 2]);
  assert.equal(digest, weightsDigest([{ data: weights }]));
  const averages = [WEIGHT, BIAS].map(({ name, shape, data }) => ({
    name: `average.${name}`,
    shape,
    data: floats(data.length, 5),
  }));
  const averaged = evaluationWeights(LAYERS, [WEIGHT, BIAS, ...averages], NAMES);
  assert.deepEqual([averaged.weights[0], averaged.weights[7845]], [5, 5]);
  assert.notEqual(averaged.digest, digest);
});

Deno.test("evaluationWeights() refuses weights of another network", () => {
  assert.throws(
    () => evaluationWeights(LAYERS, [WEIGHT], NAMES),
    /^TypeError: Cannot use "mine\.safetensors" for iteration 1: expected 2 tensors/,
  );
});
