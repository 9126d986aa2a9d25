import assert from "node:assert/strict";
import { fuseNodes } from "../../../engine/webgpu/fuse.ts";
import { GpuSteppedNetwork } from "../../../engine/webgpu/stepping.ts";
import { buildGraph } from "../../../models/graph.ts";
import {
  averagePool,
  batchNorm,
  branches,
  conv,
  dropout,
  type Layer,
  leakyRelu,
  maxPool,
  relu,
} from "../../../models/layers/mod.ts";
import { LAYER_CASES, testLayers } from "../layer_suite.ts";
import { GPU_TEST, sharedGpu } from "./adapter.ts";

const together = (layers: readonly Layer[], fuse = true): string[] =>
  fuseNodes(buildGraph(layers), fuse).map(({ nodes }) =>
    nodes.map(({ operation }) => operation.kind).join("+")
  );

const block = [conv({ out: 4, kernel: 3 }), batchNorm(), relu()];

Deno.test("fuseNodes() takes convolution, batch norm and ReLU together, and a pool and a dropout behind them", () => {
  assert.deepEqual(together(block), ["conv+batchNorm+relu"]);
  assert.deepEqual(together([...block, maxPool({ size: 2 }), dropout({ p: 0.1 })]), [
    "conv+batchNorm+relu+maxPool+dropout",
  ]);
  assert.deepEqual(together([...block, dropout({ p: 0.1 }), maxPool({ size: 2 })]), [
    "conv+batchNorm+relu+dropout",
    "maxPool",
  ]);
  assert.deepEqual(together([...block, ...block]), ["conv+batchNorm+relu", "conv+batchNorm+relu"]);
});

Deno.test("fuseNodes() leaves alone what is in another order, of another kind, or a pool whose windows overlap", () => {
  const [first, second, third] = block;
  assert.deepEqual(together([first, third, second]), ["conv", "relu", "batchNorm"]);
  assert.deepEqual(together([first, second]), ["conv", "batchNorm"]);
  assert.deepEqual(together([first, second, leakyRelu()]), ["conv", "batchNorm", "leakyRelu"]);
  for (
    const pool of [maxPool({ size: 3, stride: 2 }), maxPool({ size: 2, padding: 1 }), maxPool({ size: 5 })]
  ) {
    assert.deepEqual(together([...block, pool]), ["conv+batchNorm+relu", "maxPool"]);
  }
  assert.deepEqual(together([...block, averagePool({ size: 2 })]), ["conv+batchNorm+relu", "averagePool"]);
});

Deno.test("fuseNodes() keeps apart what is between where a value has a second reader", () => {
  const [first, second, third] = block;
  const around = [branches("add", [], [relu()])];
  assert.deepEqual(together([first, ...around, second, third]).slice(0, 2), ["conv", "relu"]);
  assert.deepEqual(together([first, second, branches("add", [third], [])]), [
    "conv",
    "batchNorm",
    "relu",
    "add",
  ]);
  assert.deepEqual(
    together([...block, branches("add", [maxPool({ size: 2 })], [averagePool({ size: 2 })])]),
    [
      "conv+batchNorm+relu",
      "maxPool",
      "averagePool",
      "add",
    ],
  );
});

Deno.test("fuseNodes() takes every node by itself where it is told to", () => {
  assert.deepEqual(together([...block, maxPool({ size: 2 })], false), [
    "conv",
    "batchNorm",
    "relu",
    "maxPool",
  ]);
});

// what is computed together must mean the same apart: the suite's fused networks, not fused
testLayers(
  "webgpu, not fused,",
  async (iteration, values) => new GpuSteppedNetwork(await sharedGpu(), iteration, values, { fuse: false }),
  {
    ...GPU_TEST,
    cases: LAYER_CASES.filter(({ layers }) =>
      fuseNodes(buildGraph(layers), true).some(({ kind }) => kind !== "single")
    ),
  },
);
