import { deepEqual, equal } from "node:assert/strict";
import { describe } from "../../../models/graph.ts";
import { splitStarts } from "../../../models/layers/ghost_batch_norm.ts";
import {
  branches,
  checkLayers,
  conv,
  LAYER_WORDS,
  LAYERS,
  leakyRelu,
  linear,
  maxPool,
  relu,
  repeat,
} from "../../../models/layers/mod.ts";

Deno.test("every layer is named in the table as it names itself", () => {
  for (const [name, kind] of Object.entries(LAYERS)) equal(kind.kind, name);
  deepEqual(LAYER_WORDS, [...Object.keys(LAYERS), "branches", "repeat"]);
});

Deno.test("layer functions write plain data, nothing more than was said", () => {
  deepEqual(relu(), { kind: "relu" });
  deepEqual(leakyRelu(), { kind: "leakyRelu" });
  deepEqual(conv({ out: 3, kernel: 1, bias: false }), { kind: "conv", out: 3, kernel: 1, bias: false });
  deepEqual(maxPool({ size: 2 }), { kind: "maxPool", size: 2 });
  deepEqual(branches("add", [], [relu()]), {
    kind: "branches",
    join: "add",
    branches: [[], [{ kind: "relu" }]],
  });
  deepEqual(repeat(2, relu()), { kind: "repeat", times: 2, layers: [{ kind: "relu" }] });
  const network = [conv({ out: 3, kernel: 1 }), branches("concat", [], [relu()]), repeat(2, relu())];
  deepEqual(JSON.parse(JSON.stringify(network)), network);
  checkLayers(network, { subject: "a.ts", path: "" });
});

Deno.test("convolutions start with PyTorch's fan-in and with the fan-out of all filters, as Keras counts", () => {
  const { start, shape } = describe(conv({ out: 12, kernel: 3 })).tensors(
    { out: 12, kernel: 3, groups: 4, bias: true },
    [8, 5, 5],
  )[0];
  deepEqual(shape, [12, 2, 3, 3]);
  deepEqual(start, { kind: "uniform", fanIn: 2 * 9, fanOut: 12 * 9 });
  const bias = describe(linear({ out: 7 })).tensors({ out: 7, bias: true }, [30])[1];
  deepEqual(bias.start, { kind: "uniform", fanIn: 30, fanOut: 7 });
});

Deno.test("splitStarts() makes parts as equal as possible, the larger first", () => {
  deepEqual(splitStarts(12, 4), [0, 3, 6, 9, 12]);
  deepEqual(splitStarts(7, 4), [0, 2, 4, 6, 7]);
  deepEqual(splitStarts(3, 4), [0, 1, 2, 3]);
  deepEqual(splitStarts(5, 1), [0, 5]);
});
