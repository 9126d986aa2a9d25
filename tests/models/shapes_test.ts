import { deepEqual, equal, throws } from "node:assert/strict";
import { loadIterations } from "../../models/catalog.ts";
import { countParameters, describeNetwork, type TensorSpec } from "../../models/shapes.ts";
import type { Layer } from "../../models/iteration.ts";
import { GoldenFile } from "../golden_file.ts";

const iterations = await loadIterations();

// The golden fixtures hold PyTorch's tensors of the same architectures; iteration 2's are those of 1.
for (const [id, goldenId] of [[1, 1], [2, 1], [3, 3], [4, 4], [5, 5]]) {
  Deno.test(`describeNetwork() names and shapes iteration ${id}'s tensors as PyTorch does`, () => {
    const golden = new GoldenFile(`iteration_${goldenId}`);
    const { layers } = iterations.find((iteration) => iteration.id === id)!;
    const network = describeNetwork(layers);
    const isTrained = ({ role }: TensorSpec) => role !== "runningMean" && role !== "runningVariance";
    const namesUnder = (prefix: string) =>
      [...golden.tensors.keys()].filter((name) => name.startsWith(prefix))
        .map((name) => name.slice(prefix.length));
    deepEqual(network.tensors.filter(isTrained).map(({ name }) => name), namesUnder("init/"));
    deepEqual(network.tensors.map(({ name }) => name), namesUnder("final/"));
    for (const { name, shape } of network.tensors) {
      deepEqual(shape, golden.tensor(`final/${name}`).shape, name);
    }
    equal(network.parameterCount, Number(golden.metadata.parameters));
    deepEqual(network.layers.at(-1)?.output, golden.tensor("step0/logits").shape.slice(1));
  });
}

Deno.test("describeNetwork() places tensors without gaps, running statistics last", () => {
  for (const { layers } of iterations) {
    const { tensors, parameterCount, length } = describeNetwork(layers);
    let offset = 0;
    for (const tensor of tensors) {
      equal(tensor.offset, offset);
      equal(tensor.length, tensor.shape.reduce((product, size) => product * size, 1));
      offset += tensor.length;
    }
    equal(offset, length);
    equal(tensors.find(({ role }) => role === "runningMean")?.offset, parameterCount);
  }
});

Deno.test("describeNetwork() infers shapes through every kind of layer", () => {
  const { layers } = describeNetwork([
    { kind: "dropout", p: 0 },
    { kind: "conv", out: 3, kernel: 5, padding: 3 },
    { kind: "maxPool", size: 3 },
    { kind: "conv", out: 4, kernel: 10 },
    { kind: "channelDropout", p: 0.5 },
    { kind: "flatten" },
    { kind: "linear", out: 6 },
    { kind: "dropout", p: 0.5 },
    { kind: "linear", out: 10 },
  ]);
  deepEqual(layers.map(({ output }) => output), [
    [1, 28, 28],
    [3, 30, 30],
    [3, 10, 10],
    [4, 1, 1],
    [4, 1, 1],
    [4],
    [6],
    [6],
    [10],
  ]);
});

Deno.test("describeNetwork() lets a max-pool drop the rows that do not fill a window", () => {
  const { layers } = describeNetwork([{ kind: "maxPool", size: 3 }, { kind: "maxPool", size: 2 }]);
  deepEqual(layers.map(({ output }) => output), [[1, 9, 9], [1, 4, 4]]);
});

Deno.test("describeNetwork() numbers a second linear layer fc2", () => {
  const { tensors, parameterCount } = describeNetwork([
    { kind: "flatten" },
    { kind: "linear", out: 7 },
    { kind: "linear", out: 10 },
  ]);
  deepEqual(tensors.map(({ name }) => name), ["fc.weight", "fc.bias", "fc2.weight", "fc2.bias"]);
  equal(parameterCount, 784 * 7 + 7 + 7 * 10 + 10);
});

Deno.test("countParameters() counts one convolution with its batch norm", () => {
  equal(countParameters([{ kind: "conv", out: 5, kernel: 3 }]), 5 * 9 + 5 + 2 * 5);
});

const FLAT_FIRST: Layer[] = [{ kind: "flatten" }];

const REJECTED: { layers: Layer[]; name: string; message: string }[] = [
  {
    layers: [{ kind: "maxPool", size: 14 }, { kind: "conv", out: 8, kernel: 5, padding: 1 }],
    name: "RangeError",
    message: "Cannot build layer 2 (conv): expected a kernel within the padded input [1,4,4], got 5×5; " +
      "use a smaller kernel, more padding or fewer pools",
  },
  {
    layers: [{ kind: "maxPool", size: 10 }, { kind: "maxPool", size: 3 }],
    name: "RangeError",
    message: "Cannot build layer 2 (maxPool): expected a window within the input [1,2,2], got 3×3; " +
      "pool fewer times or by less",
  },
  {
    layers: [{ kind: "conv", out: 4, kernel: 3 }, { kind: "linear", out: 10 }],
    name: "TypeError",
    message: "Cannot build layer 2 (linear): expected a flat input [C], got the map [4,26,26]; " +
      "put flatten or globalAveragePool before it",
  },
  {
    layers: [...FLAT_FIRST, { kind: "conv", out: 4, kernel: 3 }],
    name: "TypeError",
    message: "Cannot build layer 2 (conv): expected an input map [C,H,W], got the flat [784]; " +
      "move this layer before flatten or globalAveragePool",
  },
  {
    layers: [{ kind: "dropout", p: 1 }],
    name: "RangeError",
    message: `Cannot build layer 1 (dropout): expected "p" from 0 to below 1, got 1`,
  },
  {
    layers: [{ kind: "conv", out: 2.5, kernel: 3 }],
    name: "RangeError",
    message: `Cannot build layer 1 (conv): expected "out" to be an integer of at least 1, got 2.5`,
  },
  {
    layers: [{ kind: "conv", out: 4, kernel: 3, padding: -1 }],
    name: "RangeError",
    message: `Cannot build layer 1 (conv): expected "padding" to be an integer of at least 0, got -1`,
  },
];

for (const { layers, name, message } of REJECTED) {
  Deno.test(`describeNetwork() rejects: ${message.split(";")[0]}`, () => {
    throws(() => describeNetwork(layers), { name, message });
  });
}

Deno.test("describeNetwork() rejects maps where a flat input is, for every layer that needs a map", () => {
  const layers: Layer[] = [
    { kind: "maxPool", size: 2 },
    { kind: "channelDropout", p: 0.1 },
    { kind: "flatten" },
    { kind: "globalAveragePool" },
  ];
  for (const layer of layers) throws(() => describeNetwork([...FLAT_FIRST, layer]), TypeError);
  for (const size of [0, -2, 1.5, NaN]) {
    throws(() => describeNetwork([{ kind: "maxPool", size }]), RangeError);
    throws(() => describeNetwork([...FLAT_FIRST, { kind: "linear", out: size }]), RangeError);
    throws(() => describeNetwork([{ kind: "conv", out: 1, kernel: size }]), RangeError);
  }
});

Deno.test("describeNetwork() rejects a kind that it does not know", () => {
  const layers = JSON.parse(`[{"kind":"softmax"}]`);
  throws(() => describeNetwork(layers), { name: "TypeError", message: /^Cannot build layer 1: .*"softmax"/ });
});
