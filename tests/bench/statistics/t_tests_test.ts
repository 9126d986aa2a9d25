import assert from "node:assert/strict";
import {
  type Alternative,
  oneSampleTest,
  pairedTest,
  type TTest,
  unpairedTest,
} from "../../../bench/statistics/mod.ts";
import { randomNormals, shuffled } from "./random.ts";

// Student (1908), Biometrika 6:1: extra hours of sleep with two drugs; the data set `sleep` of R.
const FIRST = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0, 2];
const SECOND = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];

function show({ t, df, p }: TTest): string {
  return `t ${t.toFixed(4)}, df ${df.toFixed(3)}, p ${p.toPrecision(4)}`;
}

const as = (alternative: Alternative, unit = 0) => ({ alternative, unit });

Deno.test("unpairedTest() has the p at which SciPy 1.17.1's interval of the sleep data reaches 0", () => {
  // brentq of isf(p, n₁ − 1)²·var₁/n₁ + isf(p, n₂ − 1)²·var₂/n₂ = difference²
  assert.equal(unpairedTest(FIRST, SECOND, as("less")).p.toFixed(12), "0.047844661154");
  assert.equal(unpairedTest(FIRST.slice(0, 3), SECOND, as("less")).p.toFixed(12), "0.035746952851");
  assert.equal(unpairedTest(FIRST, SECOND, as("twoSided")).p.toFixed(12), "0.095689322309");
});

Deno.test("pairedTest() gives what R's documentation prints for the sleep data", () => {
  assert.equal(show(pairedTest(FIRST, SECOND, as("twoSided"))), "t -4.0621, df 9.000, p 0.002833");
  assert.equal(pairedTest(FIRST, SECOND, as("less")).p.toFixed(12), "0.001416445099");
});

Deno.test("tests of means do not depend on the order of trials, and mirror each other", () => {
  const normals = randomNormals(1);
  for (let round = 0; round < 50; round++) {
    const a = Array.from({ length: 3 + round % 5 }, normals),
      b = Array.from({ length: 2 + round % 7 }, normals);
    const once = unpairedTest(a, b, as("less"));
    assert.deepEqual(unpairedTest(shuffled(a, round), shuffled(b, round + 1), as("less")), once);
    assert.ok(Math.abs(unpairedTest(b, a, as("greater")).p - once.p) < 1e-15);
    assert.ok(Math.abs(unpairedTest(a, b, as("greater")).p + once.p - 1) < 1e-12);
    const pairs = a.map((value, index) => [value, b[index % b.length]]);
    const inOrder = pairedTest(pairs.map(([x]) => x), pairs.map(([, y]) => y), as("twoSided"));
    const mixed = shuffled(pairs, round);
    assert.deepEqual(pairedTest(mixed.map(([x]) => x), mixed.map(([, y]) => y), as("twoSided")), inOrder);
  }
});

Deno.test("tests of means without spread are certain where any number can be, and of none without a difference", () => {
  const p = (a: number[], b: number[], alternative: Alternative) => unpairedTest(a, b, as(alternative)).p;
  assert.deepEqual([p([1, 1], [2, 2], "less"), p([1, 1], [2, 2], "greater"), p([1, 1], [2, 2], "twoSided")], [
    0,
    1,
    0,
  ]);
  assert.deepEqual([p([2, 2], [2, 2], "less"), p([2, 2], [2, 2], "twoSided")], [0.5, 1]);
  // Six times 0.994 has the mean 0.9939999999999999 in float64.
  assert.equal(oneSampleTest(new Array(6).fill(0.994), 0.994, as("greater")).p, 0.5);
});

Deno.test("tests of means refuse what they cannot test", () => {
  assert.throws(() => unpairedTest([1], [1, 2], as("less")), {
    name: "RangeError",
    message: "Cannot test a mean: expected at least 2 values, got 1",
  });
  assert.throws(() => pairedTest([1, 2], [1], as("less")), RangeError);
});
