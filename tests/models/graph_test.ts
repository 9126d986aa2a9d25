import { deepEqual, equal, ok, throws } from "node:assert/strict";
import {
  buildGraph,
  countParameters,
  forwardMultiplyAdds,
  type Graph,
  multiplyAdds,
  trainingFlop,
} from "../../models/graph.ts";
import { baseline } from "../../models/iterations/01_baseline.ts";
import { longerTraining } from "../../models/iterations/02_longer_training.ts";
import { globalAveragePooling } from "../../models/iterations/03_global_average_pooling.ts";
import { matchedNormalization } from "../../models/iterations/04_matched_normalization.ts";
import { oneCycle } from "../../models/iterations/05_one_cycle.ts";
import {
  averagePool,
  batchNorm,
  branches,
  channelDropout,
  conv,
  dropout,
  flatten,
  globalAveragePool,
  globalMaxPool,
  type Layer,
  linear,
  maxPool,
  prelu,
  relu,
  repeat,
} from "../../models/layers/mod.ts";
import { GoldenFile } from "../golden_file.ts";

const ITERATIONS = [baseline, longerTraining, globalAveragePooling, matchedNormalization, oneCycle];

const shapes = (graph: Graph): (readonly number[])[] => graph.values.map(({ shape }) => shape);
const fields = (graph: Graph): number[] => graph.values.map(({ receptiveField }) => receptiveField);

/** A network with branches in branches, a value that several read, and repeated layers. */
const branched: readonly Layer[] = [
  conv({ out: 4, kernel: 3, padding: 1 }), // 0
  relu(), // 1
  branches( // 2
    "add",
    [],
    [
      conv({ out: 4, kernel: 3, padding: 1, bias: false }), // 2.1.0
      branches("concat", [maxPool({ size: 3, stride: 1, padding: 1 })], [conv({ out: 2, kernel: 1 })], []), // 2.1.1
      conv({ out: 4, kernel: 1 }), // 2.1.2
    ],
  ),
  repeat(2, conv({ out: 4, kernel: 3, padding: 1 }), batchNorm(), dropout({ p: 0.1 })), // 3.0, 3.1, 3.2
  globalAveragePool(), // 4
  linear({ out: 10 }), // 5
];

Deno.test("buildGraph() makes a chain of a list", () => {
  const graph = buildGraph(oneCycle.layers);
  graph.nodes.forEach(({ index, inputs, output, place, operation }) => {
    deepEqual([inputs, output, place], [[index], index + 1, `${index}`]);
    equal(operation.kind, oneCycle.layers[index].kind);
    deepEqual(graph.values[index].readers, [{ node: index, input: 0 }]);
    equal(graph.values[index + 1].producer, index);
  });
  equal(graph.logits, oneCycle.layers.length);
  deepEqual(graph.values[graph.logits].readers, []);
  equal(graph.values[0].producer, undefined);
});

Deno.test("buildGraph() puts every fallback in its place", () => {
  const [first, pool] = buildGraph([conv({ out: 2, kernel: 3 }), maxPool({ size: 3 })]).nodes;
  deepEqual(first.operation, {
    kind: "conv",
    out: 2,
    kernel: 3,
    stride: 1,
    padding: 0,
    dilation: 1,
    groups: 1,
    bias: true,
  });
  deepEqual(pool.operation, { kind: "maxPool", size: 3, stride: 3, padding: 0 });
});

for (const [id, goldenId] of [[1, 1], [2, 1], [3, 3], [4, 4], [5, 5]]) {
  Deno.test(`golden: buildGraph() orders and shapes iteration ${id}'s tensors as PyTorch does`, () => {
    // PyTorch's fixtures name modules (conv1.weight), a graph their places (0.weight): the order tells them apart
    const golden = new GoldenFile(`iteration_${goldenId}`);
    const graph = buildGraph(ITERATIONS[id - 1].layers);
    const under = (prefix: string) => [...golden.tensors.keys()].filter((name) => name.startsWith(prefix));
    const shapesUnder = (prefix: string) => under(prefix).map((name) => golden.tensor(name).shape);
    deepEqual(graph.tensors.filter(({ trained }) => trained).map(({ shape }) => shape), shapesUnder("init/"));
    deepEqual(graph.tensors.map(({ shape }) => shape), shapesUnder("final/"));
    const rolesUnder = (prefix: string) => under(prefix).map((name) => name.split(".").at(-1));
    deepEqual(graph.tensors.map(({ role }) => role), rolesUnder("final/"));
    equal(graph.parameterCount, Number(golden.metadata.parameters));
    deepEqual(graph.values[graph.logits].shape, golden.tensor("step0/logits").shape.slice(1));
  });
}

Deno.test("buildGraph() places tensors without gaps, running statistics last", () => {
  for (const layers of [...ITERATIONS.map((iteration) => iteration.layers), branched]) {
    const { tensors, parameterCount, length } = buildGraph(layers);
    let offset = 0;
    tensors.forEach((tensor, index) => {
      deepEqual([tensor.index, tensor.offset], [index, offset]);
      equal(tensor.length, tensor.shape.reduce((product, size) => product * size, 1));
      equal(tensor.trained, tensor.group !== "statistic");
      offset += tensor.length;
    });
    equal(offset, length);
    const firstStatistic = tensors.find(({ trained }) => !trained);
    ok(firstStatistic === undefined || firstStatistic.offset === parameterCount);
    equal(
      tensors.filter(({ trained }) => trained).reduce((sum, spec) => sum + spec.length, 0),
      parameterCount,
    );
  }
});

Deno.test("buildGraph() names tensors by their places, as nn.Sequential counts", () => {
  const { tensors, nodes } = buildGraph(branched);
  deepEqual(tensors.map(({ name }) => name), [
    "0.weight",
    "0.bias",
    "2.1.0.weight",
    "2.1.1.1.0.weight",
    "2.1.1.1.0.bias",
    "2.1.2.weight",
    "2.1.2.bias",
    "3.0.weight",
    "3.0.bias",
    "3.1.weight",
    "3.1.bias",
    "5.weight",
    "5.bias",
    "3.1.running_mean",
    "3.1.running_var",
  ]);
  deepEqual(nodes.map(({ place, operation }) => `${place} ${operation.kind}`), [
    "0 conv",
    "1 relu",
    "2.1.0 conv",
    "2.1.1.0.0 maxPool",
    "2.1.1.1.0 conv",
    "2.1.1 concat",
    "2.1.2 conv",
    "2 add",
    "3.0 conv",
    "3.1 batchNorm",
    "3.2 dropout",
    "3.0 conv",
    "3.1 batchNorm",
    "3.2 dropout",
    "4 globalAveragePool",
    "5 linear",
  ]);
  equal(nodes[4].label, "layer 3 (branches), branch 2, layer 2 (branches), branch 2, layer 1 (conv)");
});

Deno.test("buildGraph() gives a value its readers in the order of the nodes, and a join its branches in theirs", () => {
  const { nodes, values } = buildGraph(branched);
  // value 2 is read by the branch's first convolution and, as the empty branch, by the sum
  deepEqual(values[2].readers, [{ node: 2, input: 0 }, { node: 7, input: 0 }]);
  deepEqual(nodes[7].inputs, [2, 7]);
  // value 3 is read by the pool, by the convolution beside it and by the concatenation itself
  deepEqual(values[3].readers, [{ node: 3, input: 0 }, { node: 4, input: 0 }, { node: 5, input: 2 }]);
  deepEqual(nodes[5].inputs, [4, 5, 3]);
  deepEqual(values[nodes[5].output].shape, [4 + 2 + 4, 28, 28]);
  const twice = buildGraph([branches("add", [], [])]);
  deepEqual(twice.values[0].readers, [{ node: 0, input: 0 }, { node: 0, input: 1 }]);
});

Deno.test("buildGraph() lets repeated layers share tensors but not random numbers", () => {
  const { nodes, parameterCount } = buildGraph(branched);
  equal(nodes[8].tensors.weight, nodes[11].tensors.weight);
  equal(nodes[9].tensors.running_mean, nodes[12].tensors.running_mean);
  deepEqual(nodes.map(({ randomOrdinal }) => randomOrdinal).filter((ordinal) => ordinal !== undefined), [
    0,
    1,
  ]);
  const convolutions = 4 * 9 + 4 + 4 * 4 * 9 + 4 * 2 + 2 + 10 * 4 + 4 + 4 * 4 * 9 + 4;
  equal(parameterCount, convolutions + 2 * 4 + 4 * 10 + 10);
});

Deno.test("buildGraph() numbers the layers that draw, in the order of the network", () => {
  const { nodes } = buildGraph([
    dropout({ p: 0.1 }),
    branches("add", [channelDropout({ p: 0.1 })], [relu(), dropout({ p: 0 })]),
    dropout({ p: 0.2 }),
  ]);
  deepEqual(nodes.map(({ randomOrdinal }) => randomOrdinal), [0, 1, undefined, 2, undefined, 3]);
});

Deno.test("buildGraph() infers shapes through every kind of layer", () => {
  deepEqual(
    shapes(buildGraph([
      dropout({ p: 0 }),
      conv({ out: 3, kernel: 5, padding: 3 }),
      maxPool({ size: 3 }),
      conv({ out: 4, kernel: 10 }),
      channelDropout({ p: 0.5 }),
      flatten(),
      linear({ out: 6 }),
      dropout({ p: 0.5 }),
      linear({ out: 10 }),
    ])),
    [[1, 28, 28], [1, 28, 28], [3, 30, 30], [3, 10, 10], [4, 1, 1], [4, 1, 1], [4], [6], [6], [10]],
  );
  // strides, dilation and padding as PyTorch's formula has them, windows that do not fit left out
  deepEqual(
    shapes(buildGraph([
      conv({ out: 2, kernel: 3, stride: 2 }),
      conv({ out: 2, kernel: 3, dilation: 2, padding: 1 }),
      averagePool({ size: 3, stride: 2 }),
      maxPool({ size: 3, padding: 1 }),
      globalMaxPool(),
    ])),
    [[1, 28, 28], [2, 13, 13], [2, 11, 11], [2, 5, 5], [2, 2, 2], [2]],
  );
  deepEqual(shapes(buildGraph([maxPool({ size: 3 }), maxPool({ size: 2 })])).slice(1), [[1, 9, 9], [
    1,
    4,
    4,
  ]]);
});

Deno.test("buildGraph() knows iteration 5's receptive fields", () => {
  // r ← r + (kernel − 1) · jump; jump ← jump · stride: what the published tables of this network count
  const byHand = [3, 3, 3, 5, 5, 5, 6, 6, 10, 10, 10, 14, 14, 14, 16, 16, 16, 16, 16, 28, 28, 28];
  deepEqual(fields(buildGraph(oneCycle.layers)), [1, ...byHand]);
});

Deno.test("buildGraph() counts strides, dilation and the widest branch in receptive fields", () => {
  deepEqual(
    fields(buildGraph([
      conv({ out: 2, kernel: 3, stride: 2, padding: 1 }), // 3, jump 2
      conv({ out: 2, kernel: 3, dilation: 2, padding: 2 }), // 3 + 4 · 2
      branches("add", [], [conv({ out: 2, kernel: 3, padding: 1 }), conv({ out: 2, kernel: 3, padding: 1 })]),
      relu(),
      flatten(),
      linear({ out: 10 }),
    ])),
    [1, 3, 11, 15, 19, 19, 19, 19, 28],
  );
  // a small image bounds it
  deepEqual(fields(buildGraph([conv({ out: 1, kernel: 9, padding: 4 })], { input: [1, 7, 7] })), [1, 7]);
});

Deno.test("buildGraph() wants gradients of what comes behind something that learns", () => {
  const { values } = buildGraph([
    dropout({ p: 0.1 }),
    branches("concat", [relu()], [conv({ out: 1, kernel: 1 })]),
    flatten(),
  ]);
  deepEqual(values.map(({ needsGradient }) => needsGradient), [false, false, false, true, true, true]);
});

Deno.test("countParameters() counts what was counted by hand", () => {
  equal(countParameters([conv({ out: 5, kernel: 3 }), batchNorm()]), 5 * 9 + 5 + 2 * 5);
  equal(
    countParameters([conv({ out: 8, kernel: 3 }), conv({ out: 8, kernel: 3, groups: 8, bias: false })]),
    80 + 72,
  );
  equal(countParameters([conv({ out: 6, kernel: 1 }), prelu(), prelu({ shared: true })]), 12 + 6 + 1);
  equal(countParameters([flatten(), linear({ out: 7 }), linear({ out: 10, bias: false })]), 784 * 7 + 7 + 70);
  deepEqual(ITERATIONS.map(({ layers }) => countParameters(layers)), [9_190, 9_190, 26_202, 26_870, 19_798]);
});

Deno.test("forwardMultiplyAdds() counts what was counted by hand", () => {
  const convolutions = [
    [10 * 26 * 26 * 9, 20 * 24 * 24 * 90],
    [10 * 26 * 26 * 9, 20 * 24 * 24 * 90],
    [16 * 28 * 28 * 9, 16 * 26 * 26 * 144, 32 * 11 * 11 * 144, 32 * 9 * 9 * 288, 32 * 2 * 2 * 288],
    [16 * 28 * 28 * 9, 20 * 26 * 26 * 144, 32 * 11 * 11 * 180, 48 * 9 * 9 * 288, 64 * 4 * 4 * 48],
    [16 * 28 * 28 * 9, 20 * 26 * 26 * 144, 28 * 11 * 11 * 180, 36 * 9 * 9 * 252, 48 * 4 * 4 * 36],
  ];
  const linears = [7200, 7200, 320, 640, 480];
  ITERATIONS.forEach(({ id, layers }, i) => {
    const expected = convolutions[i].reduce((sum, work) => sum + work, linears[i]);
    equal(forwardMultiplyAdds(layers), expected, `iteration ${id}`);
  });
  const grouped = [conv({ out: 8, kernel: 1 }), conv({ out: 4, kernel: 3, groups: 4, stride: 2 })];
  equal(forwardMultiplyAdds(grouped), 8 * 784 + 4 * 13 * 13 * 2 * 9);
  // the work of repeated layers counts every time, that of joins never
  const graph = buildGraph(branched), sums = graph.nodes.filter(({ operation }) => operation.kind === "add");
  equal(multiplyAdds(graph, sums[0]), 0);
  equal(multiplyAdds(graph, graph.nodes[8]), multiplyAdds(graph, graph.nodes[11]));
});

Deno.test("trainingFlop() is three forward passes less the first input gradient", () => {
  const first = 16 * 28 * 28 * 9;
  equal(trainingFlop(oneCycle.layers), 2 * (3 * forwardMultiplyAdds(oneCycle.layers) - first));
  equal(Math.round(trainingFlop(oneCycle.layers) / 1e5) / 10, 20.4); // MFLOP
});

const REJECTED: { layers: readonly Layer[]; message: string }[] = [
  {
    layers: [maxPool({ size: 14 }), conv({ out: 8, kernel: 5, padding: 1 })],
    message: "layer 2 (conv): expected a map of at least 3 × 3, got an input of [1,2,2]",
  },
  {
    layers: [maxPool({ size: 10 }), maxPool({ size: 3 })],
    message: "layer 2 (maxPool): expected a map of at least 3 × 3, got an input of [1,2,2]",
  },
  {
    layers: [maxPool({ size: 2, padding: 2 })],
    message: 'layer 1 (maxPool): expected "padding" of at most half of "size", got an input of [1,28,28]',
  },
  {
    layers: [conv({ out: 4, kernel: 3 }), linear({ out: 10 })],
    message: "layer 2 (linear): expected a flat input [C], got an input of [4,26,26]; " +
      'put "flatten" or a global pool in front of it',
  },
  {
    layers: [conv({ out: 4, kernel: 3 }), conv({ out: 6, kernel: 3, groups: 4 })],
    message: 'layer 2 (conv): expected "groups" to divide the 4 channels that enter and the 6 that leave, ' +
      "got an input of [4,26,26]; 4 does not",
  },
  {
    layers: [branches("add", [], [conv({ out: 4, kernel: 3, padding: 1 })])],
    message:
      'layer 1 (branches): expected the branches of "add" to end in one shape, [1,28,28] as branch 1, ' +
      "got [4,28,28] from branch 2",
  },
  {
    layers: [branches("concat", [conv({ out: 4, kernel: 3 })], [], [conv({ out: 4, kernel: 5 })])],
    message: 'layer 1 (branches): expected the branches of "concat" to end in maps of one size (or flat), ' +
      "[4,26,26] as branch 1, got [1,28,28] from branch 2",
  },
  {
    layers: [branches("concat", [flatten()], [])],
    message: 'layer 1 (branches): expected the branches of "concat" to end in maps of one size (or flat), ' +
      "[784] as branch 1, got [1,28,28] from branch 2",
  },
  {
    layers: [relu(), branches("add", [], [repeat(2, conv({ out: 1, kernel: 30 }))])],
    message: "layer 2 (branches), branch 2, layer 1 (repeat), layer 1 (conv): " +
      "expected a map of at least 30 × 30, got an input of [1,28,28]",
  },
  {
    layers: [repeat(3, conv({ out: 4, kernel: 3 }))],
    message: "layer 1 (repeat): expected repeated layers to give what enters them, [1,28,28], got [4,26,26]",
  },
];

for (const { layers, message } of REJECTED) {
  Deno.test(`buildGraph() rejects ${message.split(":")[0]}: ${message.split(/, got |: /)[1]}`, () => {
    throws(() => buildGraph(layers, { subject: "a.ts" }), {
      name: "TypeError",
      message: `Cannot use a.ts, ${message}`,
    });
  });
}

Deno.test("buildGraph() rejects flat inputs where a map is needed", () => {
  const needMaps: Layer[] = [
    conv({ out: 1, kernel: 1 }),
    maxPool({ size: 2 }),
    averagePool({ size: 2 }),
    channelDropout({ p: 0.1 }),
    flatten(),
    globalAveragePool(),
    globalMaxPool(),
    { kind: "instanceNorm" },
  ];
  for (const layer of needMaps) {
    throws(() => buildGraph([flatten(), layer]), {
      name: "TypeError",
      message: /layer 2 .* expected a map \[C,H,W\]/,
    });
  }
});

Deno.test("buildGraph() rejects more layers than anybody means", () => {
  throws(() => buildGraph([repeat(1000, repeat(1000, relu()))]), {
    name: "RangeError",
    message: /expected at most 10000 layers in all/,
  });
  equal(buildGraph([repeat(1000, relu())]).nodes.length, 1000);
});
