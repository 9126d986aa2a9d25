import { deepEqual, equal, throws } from "node:assert/strict";
import { weightsDigest } from "../../engine/digest.ts";
import { initialTensors, namedTensors } from "../../engine/initial_weights.ts";
import { baseline } from "../../models/01_baseline.ts";
import { oneCycle } from "../../models/05_one_cycle.ts";

// From an implementation of Philox and of the formula in Python, rounded to float32 by its struct module.
Deno.test("initialTensors() gives the recorded weights", () => {
  const first = initialTensors(baseline.layers, 0);
  deepEqual([...first.subarray(0, 3)], [-0.0673023909330368, 0.25368010997772217, 0.15714184939861298]);
  equal(first[9_189], 0.012358400970697403);
  equal(
    weightsDigest([{ data: first }]),
    "b05e23b422cb8e85e5bee147d3174f2f82cf485ef5badf82cf7f46a4e0eb5610",
  );
  equal(
    weightsDigest([{ data: initialTensors(oneCycle.layers, 2) }]),
    "63889237f4d1827a5609fcfc480bf96cdbb1b3402435bce1d5846301e90f5df9",
  );
});

Deno.test("initialTensors() has the mean and variance of U(±1/√fan_in)", () => {
  const tensors = namedTensors(baseline.layers, initialTensors(baseline.layers, 3));
  const weight = tensors.find(({ name }) => name === "fc.weight")!.data; // 7,200 values, fan-in 720
  const bound = 1 / Math.sqrt(720);
  const mean = weight.reduce((sum, value) => sum + value, 0) / weight.length;
  const variance = weight.reduce((sum, value) => sum + value * value, 0) / weight.length;
  equal(Math.abs(mean) < 4 * bound / Math.sqrt(3 * weight.length), true, `mean ${mean}`);
  equal(Math.abs(variance / (bound * bound / 3) - 1) < 0.05, true, `variance ${variance}`);
  equal(weight.every((value) => Math.abs(value) <= Math.fround(bound)), true);
});

Deno.test("namedTensors() names views of one array", () => {
  const values = initialTensors(baseline.layers, 0);
  const tensors = namedTensors(baseline.layers, values);
  deepEqual([...tensors.at(-1)!.data], new Array(20).fill(1)); // bn2.running_var
  tensors[0].data[0] = 5;
  equal(values[0], 5);
  throws(() => namedTensors(baseline.layers, new Float32Array(9_190)), {
    name: "RangeError",
    message: "Cannot name tensors: expected 9250 values, got 9190",
  });
});
