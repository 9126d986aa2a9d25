/** What is folded and what stays; that the results are the same is held by `onnx_test.ts` and `pytorch_test.ts`. */
import assert from "node:assert/strict";
import { countBatchNorms, foldBatchNorms } from "../../export/fold.ts";
import { initialTensors } from "../../engine/initial_weights.ts";
import { buildGraph } from "../../models/graph.ts";
import {
  batchNorm,
  branches,
  conv,
  flatten,
  ghostBatchNorm,
  type Layer,
  linear,
  relu,
  repeat,
} from "../../models/layers/mod.ts";
import { iterationOf } from "../engine/layer_suite.ts";
import { networkOf } from "./networks.ts";

function fold(layers: readonly Layer[]) {
  const iteration = iterationOf({ name: "folded", layers, batches: [8], images: "noise" });
  return foldBatchNorms(networkOf(iteration, initialTensors(buildGraph(layers), 1)));
}

Deno.test("foldBatchNorms() folds into convolutions and linear layers, inside branches and repetitions too", () => {
  const { layers, folded, graph } = fold([
    conv({ out: 4, kernel: 3, bias: false }),
    batchNorm(),
    branches("add", [conv({ out: 4, kernel: 1 }), ghostBatchNorm({ splits: 2 })], []),
    repeat(2, conv({ out: 4, kernel: 1 }), batchNorm(), relu()),
    flatten(),
    linear({ out: 10 }),
    batchNorm(),
  ]);
  assert.deepEqual(layers, [
    conv({ out: 4, kernel: 3, bias: true }),
    branches("add", [conv({ out: 4, kernel: 1, bias: true })], []),
    repeat(2, conv({ out: 4, kernel: 1, bias: true }), relu()),
    flatten(),
    linear({ out: 10, bias: true }),
  ]);
  assert.equal(folded, 4);
  assert.deepEqual(graph.tensors.map(({ name }) => name), [
    "0.weight",
    "0.bias",
    "1.0.0.weight",
    "1.0.0.bias",
    "2.0.weight",
    "2.0.bias",
    "4.weight",
    "4.bias",
  ]);
});

Deno.test("foldBatchNorms() leaves a norm that has something else in front of it", () => {
  const given = [
    batchNorm(),
    conv({ out: 4, kernel: 3 }),
    relu(),
    batchNorm(),
    flatten(),
    linear({ out: 10 }),
  ];
  const { layers, folded } = fold(given);
  assert.deepEqual(layers, given);
  assert.equal(folded, 0);
  assert.equal(countBatchNorms(given), 2);
});
