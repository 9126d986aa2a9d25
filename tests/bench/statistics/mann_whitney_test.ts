import assert from "node:assert/strict";
import { type Alternative, mannWhitneyTest } from "../../../bench/statistics/mod.ts";
import { randomWords, shuffled } from "./random.ts";

const ALTERNATIVES: readonly Alternative[] = ["less", "greater", "twoSided"];

Deno.test("mannWhitneyTest() gives what R's documentation prints for Hollander and Wolfe's example", () => {
  // Hollander and Wolfe (1973), Nonparametric Statistical Methods, page 69: permeability of the human chorioamnion.
  const atTerm = [0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46];
  const earlier = [1.15, 0.88, 0.90, 0.74, 1.21];
  const { u, p, exact } = mannWhitneyTest(atTerm, earlier, "greater");
  assert.deepEqual([u, p.toFixed(4), exact], [35, "0.1272", true]);
});

Deno.test("mannWhitneyTest() with ties is exact for few values", () => {
  // All 462 ways to deal, by SciPy 1.17.1: permutation_test of the rank sum with n_resamples=inf.
  const a = [5, 6, 7, 7, 8], b = [7, 8, 9, 9, 10, 10];
  const p = ALTERNATIVES.map((alternative) => mannWhitneyTest(a, b, alternative).p);
  assert.deepEqual(p, [7 / 462, 461 / 462, 14 / 462]);
  assert.equal(mannWhitneyTest(a, b, "less").u, 2.5);
});

Deno.test("mannWhitneyTest() with ties in many values is SciPy's, corrected for ties and continuity", () => {
  // deno-fmt-ignore
  const a = [
    18, 15, 14, 11, 11, 8, 8, 8, 10, 17, 15, 18, 14, 15, 19, 16, 15, 14, 14, 19, 11, 17, 16, 8, 12, 18, 14, 8, 17, 16,
    18, 10, 9, 18, 8,
  ];
  // deno-fmt-ignore
  const b = [
    16, 10, 13, 15, 15, 14, 10, 10, 11, 10, 18, 16, 17, 13, 17, 19, 14, 15, 21, 19, 21, 14, 18, 21, 17, 20, 18, 18, 14,
    20,
  ];
  // SciPy 1.17.1: mannwhitneyu(method="asymptotic").
  const wanted = [0.019248586873978096, 0.981362777166197, 0.03849717374795619];
  for (const [index, alternative] of ALTERNATIVES.entries()) {
    const { u, p, exact } = mannWhitneyTest(a, b, alternative);
    assert.deepEqual([u, exact], [368, false]);
    assert.ok(Math.abs(p - wanted[index]) < 1e-12, `${alternative}: ${p}`);
  }
});

Deno.test("mannWhitneyTest() takes never as later than any epoch, and all the same as no difference", () => {
  const early = [8, 9, 9, 10, 11], never = [15, 16, Infinity, Infinity, Infinity];
  assert.equal(mannWhitneyTest(never, early, "greater").p, 1 / 252);
  assert.equal(mannWhitneyTest(never, never, "greater").p > 0.5, true);
  const same = new Array(30).fill(Infinity);
  assert.equal(mannWhitneyTest(same, same, "greater").p, 1);
  assert.equal(mannWhitneyTest([1], [1], "twoSided").p, 1);
});

Deno.test("mannWhitneyTest() does not depend on order, and exact and approximate p agree where they meet", () => {
  const word = randomWords(3);
  const draw = (count: number, shift: number) => Array.from({ length: count }, () => word() % 12 + shift);
  for (let round = 0; round < 30; round++) {
    const a = draw(3 + round % 6, 0), b = draw(2 + round % 5, round % 3);
    for (const alternative of ALTERNATIVES) {
      const once = mannWhitneyTest(a, b, alternative);
      assert.deepEqual(mannWhitneyTest(shuffled(a, round), shuffled(b, round), alternative), once);
    }
    assert.equal(mannWhitneyTest(b, a, "greater").p, mannWhitneyTest(a, b, "less").p);
  }
  // 25 and 25 values are counted out, one more is approximated: hardly another p.
  const a = draw(25, 0), b = draw(25, 2);
  const exact = mannWhitneyTest(a, b, "less"), more = mannWhitneyTest([...a, 6], b, "less");
  assert.deepEqual([exact.exact, more.exact], [true, false]);
  assert.ok(Math.abs(exact.p - more.p) < 0.01, `${exact.p} and ${more.p}`);
});

/** Sums of whole numbers up to 2^53 over such a sum: a rounding or two. */
const near = (got: number, wanted: number) => assert.ok(Math.abs(got - wanted) < 1e-15, `${got}, ${wanted}`);

Deno.test("mannWhitneyTest() of samples without overlap is 1 over the ways to deal them, and more where they tie", () => {
  const never = (count: number) => Array<number>(count).fill(Infinity);
  const p = (count: number, wanted: readonly number[]) => mannWhitneyTest(never(count), wanted, "greater").p;
  near(p(5, [1, 2, 3, 4, 5]), 1 / 252);
  near(p(6, [1, 2, 2]), 1 / 84);
  // of ten against ten, four of which were seen: all four in the second, C(16, 6)/C(20, 10)
  near(p(10, [11, 13, 13, 16, ...never(6)]), 8008 / 184_756);
});
