/**
 * @file Power and false alarms: published values, SciPy's, and simulation.
 */
import assert from "node:assert/strict";
import {
  mannWhitneyTest,
  noncentralTUpperTail,
  oneSamplePower,
  pairedTest,
  requiredCount,
  tQuantile,
  unpairedPower,
  unpairedTest,
} from "../../../bench/statistics/mod.ts";
import { randomNormals } from "./random.ts";

Deno.test("noncentralTUpperTail() gives the powers that R's documentation of power.t.test() prints", () => {
  // Two samples of n with equal variance have 2n − 2 degrees and δ = √(n/2) at a difference of one SD.
  const power = (n: number, alpha: number) =>
    noncentralTUpperTail(tQuantile(1 - alpha, 2 * n - 2), 2 * n - 2, Math.sqrt(n / 2));
  // power.t.test(n = 20, delta = 1): 0.8689528, two-sided at 0.05, without the other tail.
  assert.equal(power(20, 0.025).toFixed(6), "0.868953");
  // power.t.test(power = .90, delta = 1, alternative = "one.sided"): n = 17.84713.
  assert.equal(power(17.84713, 0.05).toFixed(6), "0.900000");
});

Deno.test("oneSamplePower() agrees with SciPy 1.17.1", () => {
  const cases: [number, number, number, number][] = [
    [5, 1, 0.05, 0.57973735886],
    [16, 1, 0.01, 0.90344793277],
    [17, 1, 0.01, 0.92458272258],
    [10, 0.6, 0.01, 0.24045042442],
  ];
  for (const [n, shift, alpha, wanted] of cases) {
    assert.ok(Math.abs(oneSamplePower(n, { shift, deviation: 1, alpha }) - wanted) < 1e-9);
  }
  assert.equal(oneSamplePower(1, { shift: 1, deviation: 1, alpha: 0.05 }), 0);
  assert.equal(requiredCount(0.9, (n) => oneSamplePower(n, { shift: 1, deviation: 1, alpha: 0.01 })), 16);
});

Deno.test("requiredCount() is the smallest that suffices, and undefined where none does", () => {
  const options = { shift: 0.0003, deviation: 0.0005, alpha: 0.01 };
  const powerOf = (n: number) => oneSamplePower(n, options);
  for (const power of [0.2, 0.5, 0.8, 0.9, 0.99]) {
    const n = requiredCount(power, powerOf)!;
    assert.ok(powerOf(n) >= power && powerOf(n - 1) < power, `${power}: ${n}`);
  }
  assert.equal(requiredCount(0.9, (n) => oneSamplePower(n, { ...options, shift: -0.0001 })), undefined);
  assert.equal(requiredCount(0.9, () => 1), 2);
});

Deno.test("unpairedPower() agrees with a million comparisons by NumPy, equal samples or not", () => {
  // Differences beyond SciPy 1.17.1's limit in 1,000,000 comparisons, NumPy's generator from seed 1. Welch's test of
  // the same rejects 3.1, 4.3, 1.6, 2.2 and 4.5 % in the first five, at 1 %.
  const cases: [number, number, number, number, number, number, number][] = [
    [2, 10, 1, 1, 0, 0.01, 0.004093],
    [2, 10, 2, 1, 0, 0.01, 0.007112],
    [3, 10, 1, 1, 0, 0.01, 0.00411],
    [3, 25, 1, 1, 0, 0.01, 0.006847],
    [2, 25, 1, 1, 0, 0.01, 0.006689],
    [5, 5, 0.05, 0.05, 0, 0.01, 0.002867],
    [5, 5, 0.05, 0.05, 0.1, 0.01, 0.368955],
    [3, 8, 0.05, 0.1, 0.1, 0.05, 0.488958],
    [3, 10, 0.05, 0.05, 0.15, 0.01, 0.397615],
    [2, 2, 1, 1, 0, 0.05, 0.012079],
  ];
  for (const [countA, countB, deviationA, deviationB, shift, alpha, rate] of cases) {
    const power = unpairedPower({ countA, countB, deviationA, deviationB }, { shift, alpha });
    const error = Math.sqrt(power * (1 - power) / 1e6);
    assert.ok(
      Math.abs(power - rate) < 3 * error,
      `${countA}, ${countB}, ${shift}: ${power}, simulated ${rate}`,
    );
  }
});

Deno.test("unpairedPower() at shift 0, the rate of false alarms, is never above alpha", () => {
  const counts = [2, 3, 25], ratios = [0.1, 1, 10];
  for (const countA of counts) {
    for (const countB of counts) {
      for (const deviationA of ratios) {
        const rate = unpairedPower({ countA, countB, deviationA, deviationB: 1 }, { shift: 0, alpha: ALPHA });
        // the integral is good to a thousandth of itself
        assert.ok(rate <= ALPHA * 1.001, `${countA}, ${countB}, ${deviationA}: ${rate}`);
      }
    }
  }
});

// 48 rates are compared, so about one seed in ten would put one of them past three standard errors by chance.
const SEED = 2026;
const DEVIATION = 0.05, ALPHA = 0.01, COMPARISONS = 10_000;

/** Of SciPy's exact one-sided test in 200,000 comparisons; its false alarms are the largest share ≤ 0.01 of all deals. */
const MANN_WHITNEY: Record<number, Record<number, number>> = {
  5: { 0.03: 0.05046, 0.05: 0.128585, 0.1: 0.52977 },
  10: { 0.03: 0.12713, 0.05: 0.367185, 0.1: 0.950085 },
  20: { 0.03: 0.292665, 0.05: 0.739295, 0.1: 0.999855 },
};

for (const n of [5, 10, 20]) {
  Deno.test(`tests of ${n} trials give false alarms and find shifts as often as stated`, () => {
    const critical = tQuantile(1 - ALPHA, n - 1);
    for (const shift of [0, 0.03, 0.05, 0.1]) {
      const normals = randomNormals(SEED + n * 100 + shift * 100);
      let unpaired = 0, paired = 0, mannWhitney = 0, twoSided = 0;
      const criticalU = smallestSignificantU(n);
      for (let round = 0; round < COMPARISONS; round++) {
        const a = Array.from({ length: n }, () => normals() * DEVIATION);
        const b = Array.from({ length: n }, () => normals() * DEVIATION + shift);
        const difference = mean(b) - mean(a), limit = critical * Math.sqrt((square(a) + square(b)) / n);
        if (difference > limit) unpaired++;
        if (Math.abs(difference) > limit) twoSided++;
        // the test itself looks for its level step by step, which 120,000 times would take minutes
        if (round < 20) {
          const { p } = unpairedTest(a, b, { alternative: "less", unit: 0 });
          assert.equal(p < ALPHA, difference > limit);
        }
        if (pairedTest(a, b, { alternative: "less", unit: 0 }).p < ALPHA) paired++;
        if (countU(b, a) >= criticalU) mannWhitney++;
      }
      const samples = { countA: n, countB: n, deviationA: DEVIATION, deviationB: DEVIATION };
      const unpairedStated = unpairedPower(samples, { shift, alpha: ALPHA });
      const pairedStated = oneSamplePower(n, { shift, deviation: DEVIATION * Math.SQRT2, alpha: ALPHA });
      const otherTail = unpairedPower(samples, { shift: -shift, alpha: ALPHA });
      const stated: [string, number, number, number][] = [
        ["unpaired", unpaired, unpairedStated, 0],
        ["unpaired, two-sided", twoSided, unpairedStated + otherTail, 0],
        ["paired", paired, pairedStated, 0],
        shift === 0
          ? ["Mann-Whitney", mannWhitney, shareFrom(n, criticalU), 0]
          : ["Mann-Whitney", mannWhitney, MANN_WHITNEY[n][shift], 1 / 200_000],
      ];
      for (const [name, count, rate, recorded] of stated) {
        const error = Math.sqrt(rate * (1 - rate) * (1 / COMPARISONS + recorded));
        const found = count / COMPARISONS;
        const message = `${name}, shift ${shift}: ${found} found, ${rate} stated, ${
          (found - rate) / error
        } errors`;
        assert.ok(Math.abs(found - rate) <= 3 * error, message);
        if (shift === 0) assert.ok(rate <= ALPHA * (name.includes("two") ? 2 : 1) + 1e-9, message);
      }
    }
  });
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Sample variance. */
function square(values: readonly number[]): number {
  const center = mean(values);
  return values.reduce((sum, value) => sum + (value - center) * (value - center), 0) / (values.length - 1);
}

/** Pairs in which the first sample's value is the larger; there are no ties among normals. */
function countU(a: readonly number[], b: readonly number[]): number {
  let count = 0;
  for (const x of a) for (const y of b) if (x > y) count++;
  return count;
}

/** The test's exact p of two samples with this U, by a pair of samples that has it. */
function shareFrom(n: number, u: number): number {
  const b = Array.from({ length: n }, (_, at) => at + 1);
  // Each value of `a` above as many of `b` as are still to be counted.
  let left = u;
  const a = Array.from({ length: n }, (_, at) => {
    const above = Math.min(n, left);
    left -= above;
    return above + 0.5 + at * 1e-6;
  });
  const result = mannWhitneyTest(a, b, "greater");
  assert.deepEqual([result.u, result.exact], [u, true]);
  return result.p;
}

function smallestSignificantU(n: number): number {
  let low = 0, high = n * n;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (shareFrom(n, middle) < ALPHA) high = middle;
    else low = middle;
  }
  return high;
}
