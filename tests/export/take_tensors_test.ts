/** Files that PyTorch writes, and files that are wrong: each a line that says what. */
import assert from "node:assert/strict";
import type { StoredTensor } from "../../engine/safetensors.ts";
import { initialTensors, namedTensors } from "../../engine/initial_weights.ts";
import { evaluated, takeTensors } from "../../export/take_tensors.ts";
import { buildGraph } from "../../models/graph.ts";
import { batchNorm, conv, flatten, linear } from "../../models/layers/mod.ts";

const GRAPH = buildGraph([conv({ out: 2, kernel: 28 }), batchNorm(), flatten(), linear({ out: 10 })]);
const TENSORS: readonly StoredTensor[] = namedTensors(GRAPH, initialTensors(GRAPH, 0));

const take = (tensors: readonly StoredTensor[]) =>
  takeTensors({ tensors }, GRAPH, { file: "w", network: "iteration 9" });
const changed = (name: string, change: (tensor: StoredTensor) => StoredTensor) =>
  TENSORS.map((tensor) => tensor.name === name ? change(tensor) : tensor);
const withValue = (name: string, value: number) =>
  changed(
    name,
    (tensor) => ({ ...tensor, data: Float32Array.from(tensor.data as Float32Array, () => value) }),
  );

Deno.test("takeTensors() takes a state_dict in any order, without its counters and what stands before every name", () => {
  const counter = { name: "1.num_batches_tracked", shape: [], data: BigInt64Array.of(3n) };
  const wrapped = [...TENSORS, counter].map((tensor) => ({ ...tensor, name: `module.${tensor.name}` }))
    .reverse();
  const { trained, prefix } = take(wrapped);
  assert.equal(prefix, "module.");
  assert.deepEqual([...trained.keys()], GRAPH.tensors.map(({ name }) => name));
  assert.deepEqual([...trained.values()], TENSORS.map(({ data }) => data));
});

Deno.test("takeTensors() lets averages take the place of parameters, and leaves running statistics", () => {
  const ofParameters = GRAPH.tensors.filter(({ trained }) => trained).map(({ name, shape, length }) => ({
    name: `average.${name}`,
    shape,
    data: new Float32Array(length).fill(7),
  }));
  const values = evaluated(take([...TENSORS, ...ofParameters]));
  assert.deepEqual(values.get("0.bias"), Float32Array.of(7, 7));
  assert.deepEqual(values.get("1.running_var"), Float32Array.of(1, 1));
});

Deno.test("takeTensors() says in one line what is wrong with a file", () => {
  const [first, ...others] = TENSORS;
  const cases: readonly (readonly [string, readonly StoredTensor[], string])[] = [
    ["missing", others, `"0.weight" among them, got a file without it`],
    ["none", [], `got a file without them`],
    ["unknown", [...TENSORS, { ...first, name: "9.weight" }], `got "9.weight"`],
    [
      "renamed",
      changed("3.bias", (tensor) => ({ ...tensor, name: "fc.bias" })),
      `"3.bias" among them, got "fc.bias"`,
    ],
    ["part of averages", [...TENSORS, { ...first, name: "average.0.weight" }], `"average.0.bias"`],
    [
      "shape",
      changed("3.bias", (tensor) => ({ ...tensor, shape: [5, 2] })),
      `expected "3.bias" [10], got [5,2]`,
    ],
    [
      "type",
      changed("3.bias", (tensor) => ({ ...tensor, data: new Float64Array(10) })),
      `expected "3.bias" of float32, got float64; save the model as float32`,
    ],
    ["NaN", withValue("0.bias", NaN), `expected "0.bias" of finite numbers, got NaN as element 0`],
    ["infinite", withValue("1.weight", -Infinity), `got -Infinity as element 0`],
    [
      "variance",
      withValue("1.running_var", -1),
      `expected "1.running_var" of variances that are not negative, got -1`,
    ],
    ["long name", [...TENSORS, { ...first, name: "x".repeat(100_000) }], `got "${"x".repeat(60)}…"`],
  ];
  for (const [what, tensors, said] of cases) {
    assert.throws(() => take(tensors), (error: Error) => {
      assert.ok(error.message.startsWith(`Cannot use "w" for iteration 9: expected `), what);
      assert.ok(error.message.includes(said), `${what}: ${error.message}`);
      assert.ok(error.message.length < 400 && !error.message.includes("\n"), what);
      return true;
    });
  }
});
