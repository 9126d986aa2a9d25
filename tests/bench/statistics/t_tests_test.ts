import assert from "node:assert/strict";
import {
  type Alternative,
  oneSampleTest,
  pairedTest,
  type TTest,
  welchTest,
} from "../../../bench/statistics/mod.ts";
import { randomNormals, shuffled } from "./random.ts";

// Student (1908), Biometrika 6:1: extra hours of sleep with two drugs; the data set `sleep` of R.
const FIRST = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0, 2];
const SECOND = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];

function show({ t, df, p }: TTest): string {
  return `t ${t.toFixed(4)}, df ${df.toFixed(3)}, p ${p.toPrecision(4)}`;
}

Deno.test("welchTest() gives what R's documentation prints for the sleep data", () => {
  assert.equal(show(welchTest(FIRST, SECOND, "twoSided")), "t -1.8608, df 17.776, p 0.07939");
  // SciPy 1.17.1: ttest_ind(equal_var=False, alternative="less").
  assert.equal(welchTest(FIRST, SECOND, "less").p.toFixed(12), "0.039697070094");
});

Deno.test("pairedTest() gives what R's documentation prints for the sleep data", () => {
  assert.equal(show(pairedTest(FIRST, SECOND, "twoSided")), "t -4.0621, df 9.000, p 0.002833");
  assert.equal(pairedTest(FIRST, SECOND, "less").p.toFixed(12), "0.001416445099");
});

Deno.test("tests of means do not depend on the order of trials, and mirror each other", () => {
  const normals = randomNormals(1);
  for (let round = 0; round < 50; round++) {
    const a = Array.from({ length: 3 + round % 5 }, normals),
      b = Array.from({ length: 2 + round % 7 }, normals);
    const once = welchTest(a, b, "less");
    assert.deepEqual(welchTest(shuffled(a, round), shuffled(b, round + 1), "less"), once);
    assert.ok(Math.abs(welchTest(b, a, "greater").p - once.p) < 1e-15);
    assert.ok(Math.abs(welchTest(a, b, "greater").p + once.p - 1) < 1e-12);
    const pairs = a.map((value, index) => [value, b[index % b.length]]);
    const inOrder = pairedTest(pairs.map(([x]) => x), pairs.map(([, y]) => y), "twoSided");
    const mixed = shuffled(pairs, round);
    assert.deepEqual(pairedTest(mixed.map(([x]) => x), mixed.map(([, y]) => y), "twoSided"), inOrder);
  }
});

Deno.test("tests of means without spread are certain where there is a difference, and of none where not", () => {
  const p = (a: number[], b: number[], alternative: Alternative) => welchTest(a, b, alternative).p;
  assert.deepEqual([p([1, 1], [2, 2], "less"), p([1, 1], [2, 2], "greater"), p([1, 1], [2, 2], "twoSided")], [
    0,
    1,
    0,
  ]);
  assert.deepEqual([p([2, 2], [2, 2], "less"), p([2, 2], [2, 2], "twoSided")], [0.5, 1]);
  // Six times 0.994 has the mean 0.9939999999999999 in float64.
  assert.equal(oneSampleTest(new Array(6).fill(0.994), 0.994, "greater").p, 0.5);
});

Deno.test("tests of means refuse what they cannot test", () => {
  assert.throws(() => welchTest([1], [1, 2], "less"), {
    name: "RangeError",
    message: "Cannot test a mean: expected at least 2 values, got 1",
  });
  assert.throws(() => pairedTest([1, 2], [1], "less"), RangeError);
});
