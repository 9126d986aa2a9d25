import { deepEqual, equal, throws } from "node:assert/strict";
import { weightsDigest } from "../../engine/digest.ts";
import { initialTensors, namedTensors } from "../../engine/initial_weights.ts";
import { buildGraph } from "../../models/graph.ts";
import { baseline } from "../../models/iterations/01_baseline.ts";
import { oneCycle } from "../../models/iterations/05_one_cycle.ts";
import { batchNorm, conv, flatten, linear, prelu, repeat } from "../../models/layers/mod.ts";

const baselineGraph = buildGraph(baseline.layers);

// From an implementation of Philox and of the formula in Python, rounded to float32 by its struct module.
Deno.test("initialTensors() gives the recorded weights", () => {
  const first = initialTensors(baselineGraph, 0);
  deepEqual([...first.subarray(0, 3)], [-0.0673023909330368, 0.25368010997772217, 0.15714184939861298]);
  equal(first[9_189], 0.012358400970697403);
  equal(
    weightsDigest([{ data: first }]),
    "b05e23b422cb8e85e5bee147d3174f2f82cf485ef5badf82cf7f46a4e0eb5610",
  );
  equal(
    weightsDigest([{ data: initialTensors(buildGraph(oneCycle.layers), 2) }]),
    "63889237f4d1827a5609fcfc480bf96cdbb1b3402435bce1d5846301e90f5df9",
  );
});

Deno.test("initialTensors() has the mean and variance of U(±1/√fan_in)", () => {
  const tensors = namedTensors(baselineGraph, initialTensors(baselineGraph, 3));
  const weight = tensors.find(({ name }) => name === "10.weight")!.data; // 7,200 values, fan-in 720
  const bound = 1 / Math.sqrt(720);
  const mean = weight.reduce((sum, value) => sum + value, 0) / weight.length;
  const variance = weight.reduce((sum, value) => sum + value * value, 0) / weight.length;
  equal(Math.abs(mean) < 4 * bound / Math.sqrt(3 * weight.length), true, `mean ${mean}`);
  equal(Math.abs(variance / (bound * bound / 3) - 1) < 0.05, true, `variance ${variance}`);
  equal(weight.every((value) => Math.abs(value) <= Math.fround(bound)), true);
});

Deno.test("namedTensors() names views of one array", () => {
  const values = initialTensors(baselineGraph, 0);
  const tensors = namedTensors(baselineGraph, values);
  deepEqual([...tensors.at(-1)!.data], new Array(20).fill(1)); // 4.running_var
  tensors[0].data[0] = 5;
  equal(values[0], 5);
  throws(() => namedTensors(baselineGraph, new Float32Array(9_190)), {
    name: "RangeError",
    message: "Cannot name tensors: expected 9250 values, got 9190",
  });
});

Deno.test("initialTensors() has Keras' Glorot bounds and zero biases", () => {
  const graph = buildGraph([
    conv({ out: 60, kernel: 3, groups: 1 }),
    conv({ out: 120, kernel: 3, groups: 60 }),
    prelu(),
    batchNorm(),
    flatten(),
    linear({ out: 10 }),
  ]);
  const tensors = namedTensors(graph, initialTensors(graph, 1, "keras"));
  const largest = (name: string) =>
    tensors.find((tensor) => tensor.name === name)!.data.reduce(
      (most, value) => Math.max(most, Math.abs(value)),
      0,
    );
  // inputs and outputs of a kernel: 9 · 1 and 9 · 60; 9 · 1 and 9 · 120 (all filters); 120 · 24² and 10
  for (
    const [name, fanIn, fanOut] of [["0.weight", 9, 540], ["1.weight", 9, 1080], [
      "5.weight",
      69_120,
      10,
    ]] as const
  ) {
    const bound = Math.sqrt(6 / (fanIn + fanOut)), most = largest(name);
    equal(most <= Math.fround(bound) && most > 0.98 * bound, true, `${name}: ${most} of ${bound}`);
  }
  for (const name of ["0.bias", "1.bias", "3.bias", "5.bias"]) equal(largest(name), 0, name);
  equal(largest("2.weight"), 0.25);
  equal(largest("3.weight"), 1);
});

Deno.test("initialTensors() draws by a tensor's place in the order, so that both initializations are one direction", () => {
  const pytorch = initialTensors(baselineGraph, 4), keras = initialTensors(baselineGraph, 4, "keras");
  const { offset, length } = baselineGraph.tensors[0];
  const ratios = Array.from({ length }, (_, i) => keras[offset + i] / pytorch[offset + i]);
  const expected = Math.sqrt(6 / (9 + 90)) * 3;
  for (const ratio of ratios) equal(Math.abs(ratio / expected - 1) < 1e-6, true, `${ratio}, not ${expected}`);
});

Deno.test("initialTensors() gives repeated layers one set of tensors", () => {
  const graph = buildGraph([conv({ out: 4, kernel: 3 }), repeat(3, conv({ out: 4, kernel: 3, padding: 1 }))]);
  equal(initialTensors(graph, 0).length, 4 * 9 + 4 + 4 * 4 * 9 + 4);
});
