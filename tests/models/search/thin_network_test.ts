import assert from "node:assert/strict";
import { countParameters } from "../../../models/graph.ts";
import {
  batchNorm,
  branches,
  conv,
  globalAveragePool,
  type Layer,
  linear,
  maxPool,
  relu,
  repeat,
  silu,
} from "../../../models/layers/mod.ts";
import { expandSpace } from "../../../models/search/candidates.ts";
import { listSpaces, SPACES_FOLDER } from "../../../models/search/spaces.ts";
import { thinNetwork, thinNetworkOf } from "../../../models/search/thin_network.ts";

Deno.test("thinNetwork() gives the layers that its words stand for", () => {
  assert.deepEqual(
    thinNetwork([{ out: 4, kernel: 5, padding: 2 }, "pool", [maxPool({ size: 3 })]], { activation: "silu" }),
    [
      conv({ out: 4, kernel: 5, padding: 2, bias: false }),
      batchNorm(),
      silu(),
      maxPool({ size: 2 }),
      maxPool({ size: 3 }),
      globalAveragePool(),
      linear({ out: 10 }),
    ],
  );
});

Deno.test("thinNetwork() without biases has the published count less one bias a channel", () => {
  // 2,866 with biases, of which 42 are taken out by the norm behind
  assert.equal(
    countParameters(thinNetwork([{ out: 6, padding: 1 }, 6, "pool", 8, 10, "pool", 12])),
    2866 - 42,
  );
});

Deno.test("thinNetworkOf() gives the layers that its letters stand for, and refuses others", () => {
  const thin = (out: number, fields = {}) => conv({ out, kernel: 3, ...fields, bias: false });
  const end = [globalAveragePool(), linear({ out: 10 })];
  const separable = (from: number, to: number, depthwise = {}) => [
    thin(from, { padding: 1, groups: from, ...depthwise }),
    thin(to, { kernel: 1 }),
    batchNorm(),
    relu(),
  ];
  const cases: [string, readonly Layer[]][] = [
    [
      "6p 8s",
      thinNetwork([{ out: 6, padding: 1, stride: 1 }, { out: 8, padding: 1, stride: 2 }]).slice(0, -2),
    ],
    ["4 P S6k5", [
      thin(4, { padding: 0, stride: 1 }),
      batchNorm(),
      relu(),
      maxPool({ size: 2 }),
      ...separable(4, 6, { kernel: 5, padding: 2 }),
    ]],
    ["S6d2 S8k5d3", [
      ...separable(1, 6, { padding: 2, dilation: 2 }),
      ...separable(6, 8, { kernel: 5, padding: 6, dilation: 3 }),
    ]],
    ["R", [branches("add", separable(1, 1), [])]],
    ["3C 2S", [repeat(3, thin(1, { padding: 1 }), batchNorm(), relu()), repeat(2, ...separable(1, 1))]],
  ];
  for (const [words, layers] of cases) assert.deepEqual(thinNetworkOf(words), [...layers, ...end], words);
  for (const word of ["", "p", "C", "3Ck5", "3Sd2", "6d2", "3S4", "S", "3R", "PP", "12x"]) {
    assert.throws(() => thinNetworkOf(`4 ${word}`), RangeError, word);
  }
});

Deno.test("every space of the project can be searched, and has its file's name", async () => {
  const names = await listSpaces();
  assert.ok(names.length > 0);
  for (const name of names) {
    const module = await import(new URL(`${name}.ts`, SPACES_FOLDER).href);
    const [space, ...others] = Object.values<{ readonly name: string }>(module);
    assert.deepEqual(others, []);
    assert.equal(space.name, name);
    const { candidates } = expandSpace(space, name);
    assert.ok(candidates.length > 1, name);
  }
});
