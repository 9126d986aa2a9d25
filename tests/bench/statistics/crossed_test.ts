/**
 * @file Seeds and clusters as crossed sources of variation: statsmodels' and SciPy's values, and simulation.
 */
import assert from "node:assert/strict";
import {
  clusteredVariance,
  crossedDifference,
  type CrossedMean,
  crossedMean,
  describe,
  oneSampleTest,
  partsInterval,
  partsTest,
  seedsPart,
} from "../../../bench/statistics/mod.ts";
import { interval, type Scenario, simulateComparisons, threeErrors } from "./comparison_simulation.ts";
import { randomNormals, randomWords, shuffled } from "./random.ts";

const near = (got: number | undefined, wanted: number, tolerance = 1e-12) =>
  assert.ok(got !== undefined && Math.abs(got - wanted) <= tolerance, `${got}, expected ${wanted}`);

const SIZES = [10, 10, 10, 10], IMAGES = 40;
const A = [[8, 2, 5, 1], [7, 0, 6, 2], [4, 1, 3, 0]];
const B = [[9, 3, 6, 1], [8, 3, 9, 4]];
/** What rounding to whole images adds to the squared standard error of so many seeds. */
const rounding = (n: number) => 1 / (12 * IMAGES * IMAGES * n);

Deno.test("crossedMean() has the mean squares of statsmodels 0.15.0's two-way analysis of variance", () => {
  const { mean, n, seeds, clusters } = crossedMean({ sums: A, sizes: SIZES });
  assert.equal(n, 3);
  near(mean, 0.325);
  // 0.0475/12, and (0.21638888888888896 − 0.013055555555555556)/12
  near(seeds?.[0].variance, 0.003958333333333334 + rounding(3));
  assert.deepEqual(seeds?.map(({ degrees }) => degrees), [2]);
  near(clusters?.variance, 0.016944444444444453);
  assert.equal(clusters?.degrees, 3);
});

Deno.test("crossedDifference() has NumPy 2's variances, a part for each side, and no negative one", () => {
  const { mean, seeds, clusters } = crossedDifference({ sums: A, sizes: SIZES }, { sums: B, sizes: SIZES });
  near(mean, 0.2125);
  near(seeds![0].variance + seeds![1].variance, 0.007864583333333331 + rounding(3) + rounding(2));
  assert.deepEqual(seeds?.map(({ degrees }) => degrees), [2, 1]);
  assert.equal(clusters?.variance, 0); // −0.003 by the mean squares
});

Deno.test("a single seed tells no parts, equal seeds what rounding hides, and no difference nothing", () => {
  assert.deepEqual(crossedMean({ sums: [A[0]], sizes: SIZES }), { mean: 0.4, n: 1 });
  near(crossedMean({ sums: [A[0], A[0]], sizes: SIZES }).seeds?.[0].variance, rounding(2));
  const same = crossedMean({ sums: [[0, 0], [0, 0]], sizes: [3, 4] });
  assert.deepEqual([same.seeds?.[0].variance, same.clusters?.variance], [0, 0]);
  assert.equal(partsTest(0, [...same.seeds!, same.clusters!]), 1);
});

Deno.test("seedsPart() is that of crossedMean(), from the seeds' means alone", () => {
  const means = A.map((row) => row.reduce((sum, each) => sum + each) / IMAGES);
  const { seeds } = crossedMean({ sums: A, sizes: SIZES });
  near(seedsPart(means, IMAGES).variance, seeds![0].variance);
  assert.equal(seedsPart(means, IMAGES).degrees, 2);
});

Deno.test("clusteredVariance() is the squared cluster-robust error of statsmodels 0.15.0", () => {
  near(clusteredVariance([3, 1, 3, 0, 2], [3, 1, 4, 2, 5]), 0.024444444444444442);
});

Deno.test("clusteredVariance() is the spread of a bootstrap of clusters, 4,000 samples", () => {
  const word = randomWords(17), clusters = 300;
  const draw = (below: number) => word() % below;
  const sizes = Array.from({ length: clusters }, () => 10 + draw(60));
  // a few clusters have most of the errors
  const sums = sizes.map((size) => draw(10) === 0 ? draw(Math.ceil(size / 3)) : draw(3) >> 1);
  const shares = Array.from({ length: 4000 }, () => {
    let sum = 0, images = 0;
    for (let at = 0; at < clusters; at++) {
      const cluster = draw(clusters);
      sum += sums[cluster];
      images += sizes[cluster];
    }
    return sum / images;
  });
  const ratio = describe(shares)!.deviation! / Math.sqrt(clusteredVariance(sums, sizes));
  // a deviation of 4,000 samples is known to about 1.1 %
  assert.ok(Math.abs(ratio - 1) < 0.04, `${ratio}`);
});

Deno.test("clusteredVariance() of clusters of one image is binomial", () => {
  const right = [...Array(90).fill(1), ...Array(10).fill(0)], sizes = Array(100).fill(1);
  near(clusteredVariance(right, sizes), 0.9 * 0.1 / 99);
});

Deno.test("partsTest() and partsInterval() agree with SciPy 1.17.1", () => {
  const cases: [number, [number, number][], number, number][] = [
    [0.00066, [[1.8496e-8, 4], [9.7344e-8, 296]], 0.06939610106542866, -6.0832089467153876e-5],
    [0.01, [[1e-6, 2], [2.5e-7, 40]], 0.010033037527100688, 0.005580270715739942],
    [0.002, [[1e-6, 9], [1e-6, 296]], 0.1758321679590722, -0.0009984031171528809],
    [0.002, [[1e-6, 9]], 0.07655282377070104, -0.0002621571627982053],
  ];
  for (const [mean, parts, p, low] of cases) {
    const named = parts.map(([variance, degrees]) => ({ variance, degrees }));
    near(partsTest(mean, named), p, 1e-12);
    near(partsTest(-mean, named), p, 1e-12);
    near(partsTest(mean, named, "greater"), p / 2, 1e-12);
    near(partsTest(-mean, named, "greater"), 1 - p / 2, 1e-12);
    near(partsTest(-mean, named, "less"), p / 2, 1e-12);
    near(partsInterval(mean, named).low, low, 1e-15);
    const fast = interval(mean, named);
    near(fast.low, low, 1e-15);
    // the interval at 1 − p just reaches 0
    near(partsInterval(mean, named, 1 - p).low, 0, 1e-10);
  }
});

Deno.test("partsTest() of the seeds' part alone is the paired t test, but for rounding to images", () => {
  const sums = A.map((row) => row.map((value) => value * 1000));
  const { mean, seeds } = crossedMean({ sums, sizes: SIZES.map((size) => size * 1000) });
  const { p } = oneSampleTest(
    sums.map((row) => row.reduce((sum, each) => sum + each) / 40_000),
    0,
    { alternative: "twoSided", unit: 0 },
  );
  near(partsTest(mean, seeds!), p, 1e-6);
});

Deno.test("permuting seeds and clusters changes nothing, exchanging sides only the sign", () => {
  const close = (a: CrossedMean, b: CrossedMean, sign = 1) => {
    near(a.mean, sign * b.mean, 1e-15);
    const total = ({ seeds }: CrossedMean) => seeds!.reduce((sum, { variance }) => sum + variance, 0);
    near(total(a), total(b), 1e-15);
    near(a.clusters?.variance, b.clusters!.variance, 1e-15);
  };
  const sizes = [10, 7, 12, 11];
  const whole = crossedMean({ sums: A, sizes });
  close(crossedMean({ sums: shuffled(A, 1), sizes }), whole);
  const order = shuffled([0, 1, 2, 3], 2);
  const turn = <T>(row: readonly T[]) => order.map((at) => row[at]);
  close(crossedMean({ sums: A.map(turn), sizes: turn(sizes) }), whole);
  close(crossedMean({ sums: A.map((row) => row.map((value) => -value)), sizes }), whole, -1);
  const there = crossedDifference({ sums: A, sizes }, { sums: B, sizes });
  close(crossedDifference({ sums: B, sizes }, { sums: A, sizes }), there, -1);
});

Deno.test("intervals of new clusters miss at most as often as stated: 10,000 cases, normal parts", () => {
  // squared standard errors of seeds, clusters and pairs, as seen of iterations 5 and 4, of 2 and 3, and bare extremes
  const worlds: [number, number, number, number][] = [
    [2, 0, 1, 4],
    [5, 0, 1, 4],
    [5, 5, 1.7, 1],
    [3, 20, 0.1, 1],
    [10, 1, 0.02, 1],
  ];
  const clusters = 12, cases = 10_000;
  for (const [which, [n, ofSeeds, ofClusters, ofPairs]] of worlds.entries()) {
    const normal = randomNormals(which);
    let missed = 0;
    const sizes = Array<number>(clusters).fill(1000);
    for (let index = 0; index < cases; index++) {
      const shifts = sizes.map(() => Math.sqrt(ofClusters * clusters) * normal());
      const sums = Array.from({ length: n }, () => {
        const seed = Math.sqrt(ofSeeds) * normal();
        return shifts.map((shift) => 1000 * (seed + shift + Math.sqrt(ofPairs * clusters) * normal()));
      });
      const mean = crossedMean({ sums, sizes });
      const { low, high } = interval(mean.mean, [...mean.seeds!, mean.clusters!]);
      missed += +(low > 0 || high < 0);
    }
    const rate = missed / cases;
    assert.ok(rate <= 0.05 + threeErrors(0.05, cases), `${worlds[which]}: ${rate}`);
  }
});

Deno.test("intervals of simulated networks miss as often as stated", () => {
  const cases = 2000;
  const scenarios: Scenario[] = [
    { seeds: [3, 3], paired: true, effect: 0, day: 0, lean: 1 },
    { seeds: [5, 5], paired: true, effect: 0.45, day: 0.5, lean: 1 },
    { seeds: [3, 8], paired: false, effect: 0.15, day: 0, lean: 1 },
  ];
  for (const [seed, scenario] of scenarios.entries()) {
    const { imagesMissed, digitsMissed } = simulateComparisons(scenario, { cases, seed });
    const allowed = threeErrors(0.05, cases);
    assert.ok(imagesMissed <= 0.05 + allowed, `${seed}: these images ${imagesMissed}`);
    // unpaired sides of few seeds are on the safe side
    if (scenario.paired) assert.ok(imagesMissed >= 0.05 - allowed, `${seed}: these images ${imagesMissed}`);
    assert.ok(digitsMissed <= 0.05 + allowed, `${seed}: new digits ${digitsMissed}`);
  }
});

Deno.test("the record of simulated comparisons says that all is as stated", () => {
  const text = Deno.readTextFileSync(new URL("../../../results/statistics.md", import.meta.url));
  const rows = text.split("\n").filter((line) => /^\| +\d/.test(line)).map((line) =>
    line.split("|").map((cell) => cell.trim()).slice(1, -1)
  );
  assert.equal(rows.length, 42);
  const allowed = 100 * (0.05 + threeErrors(0.05, 10_000));
  for (const [seeds, , , images, digits, , verdict] of rows) {
    assert.ok(Number(images) <= allowed && Number(digits) <= allowed, `${seeds}: ${images}, ${digits}`);
    assert.equal(verdict, "as stated");
  }
  assert.ok(describe(rows.map(([, , , images]) => Number(images)))!.mean > 4);
});
