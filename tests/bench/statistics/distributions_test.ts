import assert from "node:assert/strict";
import {
  chiSquaredQuantile,
  noncentralTUpperTail,
  normalCdf,
  normalQuantile,
  normalUpperTail,
  tCdf,
  tQuantile,
  tUpperTail,
} from "../../../bench/statistics/mod.ts";
import { incompleteBeta, logGamma } from "../../../bench/statistics/special_functions.ts";

/** Fails unless the numbers agree to `relative`. */
function assertClose(got: number, wanted: number, relative = 1e-11): void {
  const error = Math.abs(got - wanted) / Math.max(Math.abs(wanted), Number.MIN_VALUE);
  assert.ok(got === wanted || error <= relative, `expected ${wanted}, got ${got}`);
}

Deno.test("tQuantile() gives the tabulated critical values", () => {
  // NIST/SEMATECH e-Handbook of Statistical Methods, table 1.3.6.7.2.
  const table: [number, number, string][] = [
    [0.975, 1, "12.706"],
    [0.975, 2, "4.303"],
    [0.975, 4, "2.776"],
    [0.95, 9, "1.833"],
    [0.99, 4, "3.747"],
    [0.99, 8, "2.896"],
    [0.99, 18, "2.552"],
    [0.995, 30, "2.750"],
    [0.999, 100, "3.174"],
  ];
  for (const [p, df, wanted] of table) assert.equal(tQuantile(p, df).toFixed(3), wanted, `${p}, ${df}`);
});

Deno.test("tQuantile() and tCdf() agree with SciPy 1.17.1, whole degrees or not", () => {
  const quantiles: [number, number, number][] = [
    [0.975, 1, 12.706204736174694],
    [0.975, 4, 2.7764451051977934],
    [0.99, 8, 2.896459447709622],
    [0.95, 8.5, 1.8454660947452957],
    [0.995, 30, 2.7499956535672254],
    [1e-10, 3, -2225.769284683095],
  ];
  for (const [p, df, wanted] of quantiles) assertClose(tQuantile(p, df), wanted);
  const cdf: [number, number, number][] = [
    [-1.8608, 17.776, 0.03969828906988993],
    [2.5, 4, 0.966616727594006],
    [-40, 5, 9.205981085886477e-8],
    [0.1, 0.5, 0.5268341894356968],
    [-6, 200, 4.557560174405173e-9],
    [0, 3, 0.5],
  ];
  for (const [t, df, wanted] of cdf) assertClose(tCdf(t, df), wanted);
});

Deno.test("tUpperTail() is the integral of the density", () => {
  for (const [t, df] of [[0.7, 1], [1.3, 2.5], [2.2, 4], [3.1, 19]]) {
    const constant = Math.exp(logGamma((df + 1) / 2) - logGamma(df / 2)) / Math.sqrt(df * Math.PI);
    const steps = 2000, step = t / steps;
    let sum = 0;
    for (let index = 0; index <= steps; index++) {
      const x = index * step, weight = index === 0 || index === steps ? 1 : index % 2 === 1 ? 4 : 2;
      sum += weight * constant * (1 + x * x / df) ** (-(df + 1) / 2);
    }
    assertClose(tUpperTail(t, df), 0.5 - sum * step / 3, 1e-9);
  }
});

Deno.test("normalQuantile() and normalCdf() agree with SciPy 1.17.1 far into the tails", () => {
  assertClose(normalQuantile(0.975), 1.959963984540054);
  assertClose(normalQuantile(0.99), 2.3263478740408408);
  assertClose(normalQuantile(0.2), -0.8416212335729142);
  assertClose(normalQuantile(1e-12), -7.034483825301131);
  assert.equal(normalQuantile(0.5), 0);
  assertClose(normalCdf(-8), 6.22096057427174e-16);
  assertClose(normalCdf(-1), 0.15865525393145707);
  assertClose(normalCdf(0.3), 0.6179114221889526);
  assertClose(normalUpperTail(8), 6.22096057427174e-16);
});

Deno.test("chiSquaredQuantile() agrees with SciPy 1.17.1", () => {
  assertClose(chiSquaredQuantile(0.05, 4), 0.7107230213973239);
  assertClose(chiSquaredQuantile(0.1, 2), 0.21072103131565273);
  assertClose(chiSquaredQuantile(0.975, 9), 19.02276779864163);
  assertClose(chiSquaredQuantile(0.025, 1), 0.0009820691171752555);
});

Deno.test("noncentralTUpperTail() agrees with SciPy 1.17.1, also where the usual series underflows", () => {
  const cases: [number, number, number, number][] = [
    [2, 8, 1, 0.7998791407863383],
    [2.896, 8, 3.162, 0.38319826853245065],
    [3.747, 4, 4.47, 0.27293537891507247],
    [31.82, 1, 10, 0.7534354601476949],
    [-1, 5, 0.5, 0.08244409105672337],
    [2.4, 38, 3.162, 0.22657523865363605],
    [60, 9, 50, 0.7142155005708897],
  ];
  for (const [t, df, delta, cdf] of cases) assertClose(noncentralTUpperTail(t, df, delta), 1 - cdf, 1e-9);
});

Deno.test("noncentralTUpperTail() at δ = 0 is Student's t", () => {
  for (const df of [1, 2, 5, 40]) {
    for (const t of [-3, -0.4, 0, 1.7, 6]) {
      assertClose(noncentralTUpperTail(t, df, 0), tUpperTail(t, df), 1e-8);
    }
  }
});

Deno.test("incompleteBeta() has the closed forms of small whole parameters", () => {
  for (const x of [0, 0.1, 0.5, 0.83, 1]) {
    assertClose(incompleteBeta(x, 1, 1), x);
    assertClose(incompleteBeta(x, 2, 1), x * x);
    assertClose(incompleteBeta(x, 1, 3), 1 - (1 - x) ** 3);
    assertClose(incompleteBeta(x, 2, 2), x * x * (3 - 2 * x));
  }
});
