import assert from "node:assert/strict";
import type { StoredTensor } from "../../engine/safetensors.ts";
import { flatten, linear } from "../../models/layers/mod.ts";
import { evaluationWeights } from "../../page/weights.ts";

const LAYERS = [flatten(), linear({ out: 10 })];
const floats = (length: number, value = 1) => new Float32Array(length).fill(value);
const WEIGHT: StoredTensor = { name: "1.weight", shape: [10, 784], data: floats(7840) };
const BIAS: StoredTensor = { name: "1.bias", shape: [10], data: floats(10, 2) };

Deno.test("evaluationWeights() puts tensors in canonical order, averages in the parameters' place", () => {
  const values = evaluationWeights(LAYERS, [BIAS, WEIGHT]);
  assert.deepEqual([values.length, values[0], values[7839], values[7840]], [7850, 1, 1, 2]);
  const average = { name: "average.1.bias", shape: [10], data: floats(10, 5) };
  assert.equal(evaluationWeights(LAYERS, [WEIGHT, BIAS, average])[7845], 5);
});

Deno.test("evaluationWeights() takes PyTorch's counters for nothing", () => {
  const counter: StoredTensor = { name: "3.num_batches_tracked", shape: [], data: BigInt64Array.of(5n) };
  assert.equal(evaluationWeights(LAYERS, [WEIGHT, BIAS, counter]).length, 7850);
});

Deno.test("evaluationWeights() refuses weights of another network, and what is no number", () => {
  const cases: [StoredTensor[], string][] = [
    [[WEIGHT], 'expected "1.bias", got none'],
    [[WEIGHT, { ...BIAS, shape: [2, 5] }], 'expected "1.bias" [10], got [2,5]'],
    [[WEIGHT, { ...BIAS, data: new Float64Array(10) }], 'expected "1.bias" in float32, got another type'],
    [[WEIGHT, { ...BIAS, data: floats(10, NaN) }], 'expected numbers in "1.bias", got an infinity or none'],
    [[WEIGHT, BIAS, { ...BIAS, name: "2.bias" }], 'expected 2 tensors, got "2.bias" as well'],
  ];
  for (const [stored, wanted] of cases) {
    assert.throws(() => evaluationWeights(LAYERS, stored), { message: `Cannot use the weights: ${wanted}` });
  }
});
