import assert from "node:assert/strict";
import { describe, deviationInterval, tInterval, wilsonInterval } from "../../../bench/statistics/mod.ts";

/** The ends with so many digits. */
function show({ low, high }: { low: number; high: number }, digits: number): string {
  return `${low.toFixed(digits)} to ${high.toFixed(digits)}`;
}

Deno.test("wilsonInterval() gives the published intervals", () => {
  // Newcombe (1998), Statistics in Medicine 17:857, table I, method 3.
  assert.equal(show(wilsonInterval(81, 263), 4), "0.2553 to 0.3662");
  assert.equal(show(wilsonInterval(15, 148), 4), "0.0624 to 0.1605");
  assert.equal(show(wilsonInterval(0, 20), 4), "0.0000 to 0.1611");
  assert.equal(show(wilsonInterval(1, 29), 4), "0.0061 to 0.1718");
});

Deno.test("wilsonInterval() of all or none ends at 1 or 0, and of 9,940 in 10,000 is 99.23 to 99.53 %", () => {
  assert.equal(show(wilsonInterval(5, 5), 3), "0.566 to 1.000");
  assert.equal(show(wilsonInterval(20, 20), 3), "0.839 to 1.000");
  assert.equal(wilsonInterval(20, 20).high, 1);
  assert.equal(wilsonInterval(0, 3).low, 0);
  assert.equal(show(wilsonInterval(9940, 10_000), 4), "0.9923 to 0.9953");
});

Deno.test("tInterval() gives the interval of Student's sleep data", () => {
  // R, `t.test(extra ~ group, data = sleep, paired = TRUE)`: differences of Student (1908), Biometrika 6:1.
  const differences = [-1.2, -2.4, -1.3, -1.3, 0, -1, -1.8, -0.8, -4.6, -1.4];
  assert.equal(show(tInterval(describe(differences)!, { unit: 0 })!, 7), "-2.4598858 to -0.7001142");
  assert.equal(tInterval(describe([0.99])!, { unit: 0 }), undefined);
});

Deno.test("deviationInterval() gives the published interval of 10 values", () => {
  // χ² with 9 degrees: 2.700 and 19.023 (NIST/SEMATECH e-Handbook, table 1.3.6.7.4), so SD × 0.688 to SD × 1.826.
  assert.equal(show(deviationInterval({ n: 10, deviation: 1 }, { unit: 0 })!, 3), "0.688 to 1.826");
  assert.equal(deviationInterval({ n: 1 }, { unit: 0 }), undefined);
});
