/** Names as notebooks have them, sorted as safetensors sorts them. */
import assert from "node:assert/strict";
import type { StoredTensor } from "../../engine/safetensors.ts";
import { initialTensors, namedTensors } from "../../engine/initial_weights.ts";
import { takeTensors } from "../../export/take_tensors.ts";
import { buildGraph } from "../../models/graph.ts";
import { batchNorm, conv, globalAveragePool, linear, relu } from "../../models/layers/mod.ts";

// twelve convolutions and norms alike, so that 2 comes before 10, one of its own, and a linear layer
const GRAPH = buildGraph([
  conv({ out: 4, kernel: 3, padding: 1 }),
  ...Array.from({ length: 12 }, () => [conv({ out: 4, kernel: 3, padding: 1 }), batchNorm(), relu()]).flat(),
  globalAveragePool(),
  linear({ out: 10, bias: false }),
]);
const TENSORS: readonly StoredTensor[] = namedTensors(GRAPH, initialTensors(GRAPH, 0));
const PLACES = [...new Set(TENSORS.map(({ name }) => name.replace(/\.\w+$/, "")))];

/** The file of a model whose modules have these names, in the order of the layers that hold tensors. */
function fileOf(modules: readonly string[]): StoredTensor[] {
  const inOrder = [...PLACES].sort((a, b) => Number(a) - Number(b));
  assert.equal(modules.length, inOrder.length);
  return TENSORS.map((tensor) => {
    const [, place, role] = tensor.name.match(/^(\d+)\.(\w+)$/)!;
    return { ...tensor, name: `${modules[inOrder.indexOf(place)]}.${role}` };
  }).sort((a, b) => a.name < b.name ? -1 : 1);
}

const take = (tensors: readonly StoredTensor[]) =>
  takeTensors({ tensors }, GRAPH, { file: "w", network: "iteration 9" });

const BLOCKS = Array.from({ length: 12 }, (_, index) => [`block${index + 1}.conv`, `block${index + 1}.norm`])
  .flat();

Deno.test("a notebook's names are matched by shape, and by number where shapes are the same", () => {
  for (
    const modules of [["first", ...BLOCKS, "fc"], [
      "net.a",
      ...BLOCKS.map((name) => `net.${name}`),
      "net.b",
    ]]
  ) {
    const { trained, matched, prefix } = take(fileOf(modules));
    for (const { name, data } of TENSORS) assert.deepEqual(trained.get(name), data, name);
    assert.equal(matched.size, modules.length);
    assert.equal(matched.get(modules[1]), "1");
    assert.equal(matched.get(modules.at(-1)!), "38");
    assert.equal(prefix, "");
  }
});

Deno.test("a convolution of one pixel is the linear layer that the vocabulary writes for it", () => {
  const asConvolution = (tensor: StoredTensor) =>
    tensor.name === "fc.weight" ? { ...tensor, shape: [...tensor.shape, 1, 1] } : tensor;
  const { trained } = take(fileOf(["first", ...BLOCKS, "fc"]).map(asConvolution));
  assert.deepEqual(trained.get("38.weight"), TENSORS.find(({ name }) => name === "38.weight")!.data);
});

Deno.test("modules that nothing tells apart are not guessed", () => {
  const modules = ["first", "left", "n1", "right", ...BLOCKS.slice(3), "fc"];
  assert.throws(
    () => take(fileOf(modules)),
    /expected modules that their numbers or shapes tell apart, got .*"left".*"right".*, which hold the same; name the tensors/,
  );
});

Deno.test("a model of other shapes is not matched", () => {
  const other = fileOf(["first", ...BLOCKS, "fc"]).map((tensor) =>
    tensor.name === "first.weight" ? { ...tensor, shape: [1, 4, 3, 3] } : tensor
  );
  assert.throws(() => take(other), /tensors named as nn\.Sequential counts, .*, got "block1\.conv\.bias", /);
});
