import { deepEqual } from "node:assert/strict";
import { PIXELS } from "../../../engine/augmentations/mod.ts";
import { initialTensors } from "../../../engine/initial_weights.ts";
import { planProgram } from "../../../engine/wasm/program.ts";
import { openNetwork } from "../../../engine/wasm/stepping.ts";
import { buildGraph } from "../../../models/graph.ts";
import { oneCycle } from "../../../models/iterations/05_one_cycle.ts";
import {
  batchNorm,
  branches,
  channelDropout,
  conv,
  dropout,
  flatten,
  type Layer,
  linear,
  maxPool,
  relu,
  relu6,
  tanh,
} from "../../../models/layers/mod.ts";
import { assertAgreesWithReference, runCase } from "../layer_suite.ts";

/** Batch norm times a few, so that ReLU6 cuts. */
const wide = [batchNorm(), branches("add", [], [], [], [])] as const;

/** What works in place must find in the backward pass what it needs, whatever works in place behind it. */
const IN_PLACE: readonly (readonly [string, readonly Layer[]])[] = [
  ["ReLU6 in front of dropout", [...wide, relu6(), dropout({ p: 0.4 })]],
  ["ReLU6 in front of channel dropout and flatten", [...wide, relu6(), channelDropout({ p: 0.4 })]],
  ["ReLU in front of two dropouts", [relu(), dropout({ p: 0.4 }), channelDropout({ p: 0.3 }), batchNorm()]],
  ["dropout in front of ReLU in front of dropout", [dropout({ p: 0.4 }), relu(), dropout({ p: 0.3 })]],
  ["tanh in front of dropout", [tanh(), dropout({ p: 0.4 }), batchNorm()]],
  ["dropout and ReLU of one value, and the value itself", [
    branches("add", [dropout({ p: 0.4 })], [relu()], [], [relu(), conv({ out: 5, kernel: 3, padding: 1 })]),
    batchNorm(),
  ]],
  ["a value read in planes of several kinds", [
    branches(
      "concat",
      [conv({ out: 4, kernel: 3, padding: 1 })],
      [relu(), conv({ out: 3, kernel: 5, padding: 2 })],
      [conv({ out: 2, kernel: 1 })],
      [dropout({ p: 0.4 }), maxPool({ size: 3, stride: 1, padding: 1 })],
    ),
    relu(),
  ]],
  ["a ReLU in place whose value is read in planes of several kinds", [
    conv({ out: 5, kernel: 3 }),
    relu(),
    branches("add", [conv({ out: 5, kernel: 3, padding: 1 })], [conv({ out: 5, kernel: 1 })], [
      dropout({ p: 0.4 }),
    ]),
  ]],
];

for (const [name, layers] of IN_PLACE) {
  Deno.test(`planProgram() agrees with the float64 reference: ${name}`, async () => {
    const testCase = {
      name,
      layers: [maxPool({ size: 3 }), conv({ out: 5, kernel: 3 }), ...layers, flatten(), linear({ out: 10 })],
      batches: [13, 5],
      images: "noise",
    } as const;
    for (const fuse of [true, false]) {
      const outcome = await runCase(
        (iteration, values) => openNetwork(iteration, values, { fuse }),
        testCase,
      );
      assertAgreesWithReference(testCase, outcome);
    }
  });
}

Deno.test("planProgram() makes large outputs again instead of keeping them, with the same bits", () => {
  const count = 13, steps = 2;
  const images = Uint8Array.from({ length: count * PIXELS }, (_, i) => Math.imul(i, 2654435761) >>> 24);
  const data = { images, labels: Uint8Array.from({ length: count }, (_, i) => i % 10) };
  // a convolution with zeros around its input cannot normalize that itself
  const layers = oneCycle.layers.with(3, conv({ out: 16, kernel: 3, padding: 1 }));
  const values = initialTensors(buildGraph(layers), 1, "pytorch");
  const [large, small] = [128, 16].map((batchSize) => {
    const iteration = { ...oneCycle, layers, training: { ...oneCycle.training, batchSize } };
    const { operations } = planProgram(iteration, { workers: 1 });
    const network = openNetwork(iteration, values);
    for (let stepNumber = 0; stepNumber < steps; stepNumber++) {
      const position = { epoch: 1, seed: 2, stepNumber, stepsPerEpoch: steps, history: [] };
      network.trainStep(data, Uint32Array.from({ length: count }, (_, i) => i), position);
    }
    return { restored: operations.filter(({ restored }) => restored).length, tensors: network.tensors() };
  });
  deepEqual([large.restored, small.restored], [1, 0]);
  deepEqual(large.tensors, small.tensors);
});
