import assert from "node:assert/strict";
import { initialTensors } from "../../../engine/initial_weights.ts";
import { drawMany, Stream } from "../../../engine/streams.ts";
import { buildGraph, type OperationName } from "../../../models/graph.ts";
import { LAYER_WORDS } from "../../../models/layers/mod.ts";
import { PlainNetwork, softmax } from "../../../page/forward/network.ts";
import { drawDataset } from "../../../data/synthetic.ts";
import { LAYER_CASES } from "../../engine/layer_suite.ts";
import { referenceLogits } from "../../engine/reference/network.ts";

const NORMALIZATION = { mean: 0.1307, deviation: 0.3081 };
/** float32 where values are kept, a few roundings one behind the other; logits are around 1. */
const TOLERANCE = 2e-5;

/** Initial weights with every norm, slope and running statistic off its start. */
function startingValues(layers: (typeof LAYER_CASES)[number]["layers"]): Float32Array {
  const graph = buildGraph(layers), values = initialTensors(graph, 3);
  for (const { role, group, index, offset, length } of graph.tensors) {
    if (group === "kernel" || group === "bias") continue;
    const words = new Uint32Array(length);
    drawMany({ seed: 3, stream: Stream.augmentation, index }, words);
    words.forEach((word, i) => values[offset + i] = word / 2 ** 32 + (role === "running_var" ? 0.3 : -0.2));
  }
  return values;
}

Deno.test("PlainNetwork computes every operation and network as the float64 reference does", () => {
  const { images } = drawDataset({ trainCount: 2, testCount: 1 }).train, seen = new Set<OperationName>();
  for (const { name, layers } of LAYER_CASES) {
    const graph = buildGraph(layers), values = startingValues(layers);
    for (const { operation } of graph.nodes) seen.add(operation.kind);
    const wanted = referenceLogits(graph, values, images, NORMALIZATION);
    const network = new PlainNetwork(layers, values, NORMALIZATION), classes = wanted.length / 2;
    for (const n of [0, 1]) {
      const got = network.logits(images.subarray(784 * n, 784 * (n + 1)));
      got.forEach((logit, k) => {
        const expected = wanted[n * classes + k];
        const difference = Math.abs(logit - expected) / Math.max(1, Math.abs(expected));
        assert.ok(difference < TOLERANCE, `${name}: expected ${expected}, got ${logit}`);
      });
    }
  }
  const missing = LAYER_WORDS.filter((word) =>
    !["branches", "repeat"].includes(word) && !seen.has(word as OperationName)
  );
  assert.deepEqual([missing, seen.has("add"), seen.has("concat")], [[], true, true]);
});

Deno.test("softmax() gives shares that add up to 1, however large the logits", () => {
  const shares = softmax([1000, 1000, 0]);
  assert.deepEqual(shares, [0.5, 0.5, 0]);
});
