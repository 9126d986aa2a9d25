/** What is written is read again, bit for bit. */
import assert from "node:assert/strict";
import { parseSafetensors } from "../../engine/safetensors.ts";
import { weightsDigest } from "../../engine/digest.ts";
import { foldBatchNorms } from "../../export/fold.ts";
import { serializeNetworkJson, shortestFloat32 } from "../../export/json.ts";
import { serializeWeights } from "../../export/mod.ts";
import { digested, takeTensors } from "../../export/take_tensors.ts";
import { buildGraph } from "../../models/graph.ts";
import { goldenCases } from "./networks.ts";

const bits = (values: Float32Array) => new Uint32Array(values.slice().buffer);

Deno.test("golden networks come back bit for bit from safetensors, folded or not, and have the same digest", () => {
  for (const { name, network: given } of goldenCases()) {
    for (const network of [given, foldBatchNorms(given)]) {
      const file = serializeWeights(network);
      const taken = takeTensors(parseSafetensors(file), network.graph, { file: "f", network: name });
      assert.deepEqual([...taken.trained.keys()], network.graph.tensors.map((tensor) => tensor.name));
      for (const [tensor, data] of taken.trained) {
        assert.deepEqual(bits(data), bits(network.tensors.get(tensor)!), `${name} ${tensor}`);
      }
      const values = network.graph.tensors.map((tensor) => ({ data: network.tensors.get(tensor.name)! }));
      assert.equal(weightsDigest(digested(taken)), weightsDigest(values));
      // what was read is written as what it was read from
      assert.deepEqual(serializeWeights({ ...network, tensors: taken.trained }), file);
    }
  }
});

Deno.test("golden networks come back bit for bit from JSON, with layers that build the same network", () => {
  for (const { name, network } of goldenCases()) {
    const { layers, tensors, normalization } = JSON.parse(serializeNetworkJson(network)) as {
      layers: typeof network.layers;
      tensors: { name: string; shape: number[]; data: number[] }[];
      normalization: typeof network.normalization;
    };
    assert.deepEqual(normalization, network.normalization);
    const graph = buildGraph(layers);
    assert.deepEqual(tensors.map(({ name }) => name), graph.tensors.map(({ name }) => name));
    for (const [index, { name: tensor, shape, data }] of tensors.entries()) {
      assert.deepEqual(shape, graph.tensors[index].shape);
      assert.deepEqual(
        bits(Float32Array.from(data)),
        bits(network.tensors.get(tensor)!),
        `${name} ${tensor}`,
      );
    }
  }
});

Deno.test("shortestFloat32() tells neighbours, the smallest, the largest and the sign of zero apart", () => {
  const values = [0, -0, 0.1, 1 / 3, -1e-45, 3.4028234663852886e38, 1 + 2 ** -23, 16777217, 1e21, 1e-7];
  for (const value of Float32Array.from(values)) {
    const parsed = JSON.parse(shortestFloat32(value));
    assert.ok(Object.is(Math.fround(parsed), value), `${value} as ${shortestFloat32(value)}`);
  }
  assert.equal(shortestFloat32(Math.fround(0.1)), "0.1");
});
