import { deepEqual, equal } from "node:assert/strict";
import { fusedUnit } from "../../../engine/wasm/fuse.ts";
import { openNetwork } from "../../../engine/wasm/stepping.ts";
import { buildGraph } from "../../../models/graph.ts";
import {
  batchNorm,
  branches,
  conv,
  dropout,
  flatten,
  ghostBatchNorm,
  globalAveragePool,
  type Layer,
  linear,
  maxPool,
  relu,
} from "../../../models/layers/mod.ts";
import { assertAgreesWithReference, runCase } from "../layer_suite.ts";
import { NETWORK_CASES, type NetworkCase } from "../network_cases.ts";

/** Kinds of what is computed in one pass, unit by unit. */
function unitsOf(layers: readonly Layer[]): string[] {
  const graph = buildGraph(layers), units: string[] = [];
  for (let index = 0; index < graph.nodes.length;) {
    const nodes = fusedUnit(graph, graph.nodes[index])?.nodes ?? [graph.nodes[index]];
    units.push(nodes.map(({ operation }) => operation.kind).join(" "));
    index += nodes.length;
  }
  return units;
}

const either = [false, true];

/** Every way to surround a norm; the convolution has four input channels (Winograd) or three, and an odd output. */
const SURROUNDED = either.flatMap((bias) =>
  either.flatMap((before) =>
    either.flatMap((after) =>
      either.flatMap((pool) =>
        [batchNorm(), ghostBatchNorm({ splits: 3 })].map((norm) => ({ bias, before, after, pool, norm }))
      )
    )
  )
).map(({ bias, before, after, pool, norm }, index) => {
  const behind = [
    ...(before ? [relu()] : []),
    norm,
    ...(after ? [relu()] : []),
    ...(pool ? [maxPool({ size: 2 })] : []),
  ];
  const convolution = conv({ out: 5, kernel: 3, bias });
  const layers: Layer[] = [
    maxPool({ size: 3 }),
    conv({ out: index % 3 === 0 ? 3 : 4, kernel: 1 }),
    convolution,
    ...behind,
    flatten(),
    linear({ out: 10 }),
  ];
  const kinds = behind.map(({ kind }) => kind);
  return {
    layers,
    kinds,
    fused: ["conv", ...kinds].join(" "),
  };
});

for (const { layers, kinds, fused } of SURROUNDED) {
  const bias = (layers[2] as { bias?: boolean }).bias, batches = [13, 5];
  const name = `convolution ${bias ? "with" : "without"} bias, ${kinds.join(", ")}`;
  Deno.test(`fusedUnit() computes ${name} in one pass, as the reference does and unfused`, async () => {
    deepEqual(unitsOf(layers), ["maxPool", "conv", fused, "flatten", "linear"]);
    const testCase: NetworkCase = { name, layers, batches, images: "noise" };
    for (const fuse of either) {
      const outcome = await runCase(
        (iteration, values) => openNetwork(iteration, values, { fuse }),
        testCase,
      );
      assertAgreesWithReference(testCase, outcome);
    }
  });
}

Deno.test("fusedUnit() fuses nothing over a value that is read twice", () => {
  const norm = [batchNorm(), branches("add", [relu()], [])];
  deepEqual(unitsOf([conv({ out: 4, kernel: 3 }), ...norm, globalAveragePool(), linear({ out: 10 })]), [
    "conv batchNorm",
    "relu",
    "add",
    "globalAveragePool",
    "linear",
  ]);
});

Deno.test("fusedUnit() leaves pools of other sizes, strides and paddings to themselves", () => {
  for (
    const pool of [maxPool({ size: 3 }), maxPool({ size: 2, stride: 1 }), maxPool({ size: 2, padding: 1 })]
  ) {
    const layers = [conv({ out: 4, kernel: 3 }), batchNorm(), relu(), pool, globalAveragePool()];
    deepEqual(unitsOf(layers), ["conv batchNorm relu", "maxPool", "globalAveragePool"]);
  }
});

Deno.test("fusedUnit() computes batch norm behind ReLU and dropout in a pass of its own", () => {
  const layers = [conv({ out: 4, kernel: 3 }), relu(), dropout({ p: 0.1 }), batchNorm(), globalAveragePool()];
  equal(unitsOf(layers).join(", "), "conv, relu, dropout, batchNorm, globalAveragePool");
});

// unfused, a bias enters the convolution's sums, whose rounding breaks ties that are exact without it
for (const testCase of NETWORK_CASES.filter(({ images }) => images !== "exactTies")) {
  Deno.test(`planProgram() without fusion agrees with the float64 reference: ${testCase.name}`, async () => {
    const outcome = await runCase(
      (iteration, values) => openNetwork(iteration, values, { fuse: false }),
      testCase,
    );
    assertAgreesWithReference(testCase, outcome);
  });
}
