import assert from "node:assert/strict";
import { fisherTest } from "../../../bench/statistics/mod.ts";

Deno.test("fisherTest() is SciPy 1.17.1's fisher_exact(alternative='less'), and Fisher's tea 17/70", () => {
  const cases: [number, number, number, number, number][] = [
    [1, 4, 3, 4, 17 / 70],
    [0, 3, 5, 5, 0.017857142857142856],
    [0, 3, 10, 10, 0.0034965034965034965],
    [1, 3, 10, 10, 0.038461538461538464],
    [2, 5, 9, 10, 0.07692307692307691],
    [3, 7, 5, 5, 0.0707070707070707],
    [0, 1, 10, 10, 0.09090909090909091],
    [4, 25, 10, 10, 5.452681628825056e-06],
    [5, 5, 5, 5, 1],
  ];
  for (const [count, total, otherCount, otherTotal, wanted] of cases) {
    const p = fisherTest({ count, total }, { count: otherCount, total: otherTotal });
    assert.ok(Math.abs(p / wanted - 1) < 1e-11, `${count} of ${total}: ${p}, expected ${wanted}`);
  }
});
