import assert from "node:assert/strict";
import { holmAdjusted } from "../../../bench/statistics/mod.ts";

const rounded = (values: readonly number[]) => values.map((value) => Number(value.toFixed(12)));

Deno.test("holmAdjusted() gives statsmodels 0.15.0's values, in the order of what it is given", () => {
  // the first is the worked example of Wikipedia's "Holm–Bonferroni method"
  const cases: [readonly number[], readonly number[]][] = [
    [[0.01, 0.04, 0.03, 0.005], [0.03, 0.06, 0.06, 0.02]],
    [[0.0172, 0.0486, 0.0084], [0.0344, 0.0486, 0.0252]],
    [[0.5, 0.2, 0.9, 0.7], [1, 0.8, 1, 1]],
    [[0.02], [0.02]],
    [[], []],
  ];
  for (const [p, wanted] of cases) {
    assert.deepEqual(rounded(holmAdjusted(p)), wanted);
    assert.deepEqual(rounded(holmAdjusted([...p].reverse())), [...wanted].reverse());
  }
});

Deno.test("holmAdjusted() counts tests that are not shown as not rejected", () => {
  assert.deepEqual(rounded(holmAdjusted([0.01, 0.04], 10)), [0.1, 0.36]);
  assert.deepEqual(
    holmAdjusted([0.01, 0.04], 10),
    holmAdjusted([0.01, 0.04, ...Array(8).fill(1)]).slice(0, 2),
  );
  assert.throws(() => holmAdjusted([0.1, 0.2], 1), /expected a family of at least 2, got 1$/);
});
