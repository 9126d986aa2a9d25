import assert from "node:assert/strict";
import { clusteredMcnemarTest, mcnemarTest } from "../../../bench/statistics/mod.ts";
import { threeErrors } from "./comparison_simulation.ts";
import { randomNormals, randomWords } from "./random.ts";

const near = (got: number, wanted: number, tolerance = 1e-12) =>
  assert.ok(Math.abs(got - wanted) <= tolerance * Math.max(1, wanted), `${got}, expected ${wanted}`);

Deno.test("mcnemarTest() is statsmodels 0.15.0's exact test, either way round", () => {
  const cases: [number, number, number][] = [
    [150, 86, 3.7159361395713866e-5], // approval of the prime minister, Agresti's table
    [121, 59, 4.4344492637551645e-6], // Wikipedia's example
    [25, 14, 0.10812902140605732],
    [6, 16, 0.052478790283203125],
    [0, 5, 0.0625],
    [3, 3, 1],
    [1, 0, 1],
    [129, 96, 0.03266665053412694],
    [700, 900, 6.319484959450105e-7],
  ];
  for (const [onlyA, onlyB, wanted] of cases) {
    // relative, since small p-values are to keep their digits
    near(mcnemarTest({ onlyA, onlyB }) / wanted, 1, 1e-10);
    assert.equal(mcnemarTest({ onlyA, onlyB }), mcnemarTest({ onlyA: onlyB, onlyB: onlyA }));
  }
  assert.equal(mcnemarTest({ onlyA: 0, onlyB: 0 }), 1);
});

Deno.test("clusteredMcnemarTest() of clusters of one image is McNemar's chi-squared: Agresti's 17.36", () => {
  const differences = [...Array<number>(150).fill(-1), ...Array<number>(86).fill(1), 0, 0];
  const { statistic, p } = clusteredMcnemarTest(differences);
  near(statistic, 17.35593220338983);
  near(p, 3.099293441045215e-5, 1e-15);
  assert.deepEqual(clusteredMcnemarTest(differences.map((each) => -each)), { statistic, p });
  assert.equal(clusteredMcnemarTest([0, 0]).p, 1);
});

Deno.test("clusteredMcnemarTest() takes a cluster's images for as many as they are worth", () => {
  // ten copies of the same images say nothing that one did not
  const once = clusteredMcnemarTest([1, 1, -1, 1]);
  const tenfold = clusteredMcnemarTest([10, 10, -10, 10]);
  near(once.statistic, 1);
  near(tenfold.statistic, once.statistic);
});

Deno.test("clusteredMcnemarTest() of clusters of other sizes is Obuchowski's, not the one that divides by the sizes", () => {
  const sizes = [8, 130, 20, 61, 12, 40, 35, 9, 77, 50], differences = [2, 5, -1, 4, 0, 3, -2, 1, 6, 1];
  const { statistic, p } = clusteredMcnemarTest(differences);
  // NumPy 2.4.6 and SciPy 1.17.1: (Σd)²/Σd², and by R's clust.bin.pair, obuchowski.test, (K − 1)/K of that
  near(statistic, 3.7216494845360826);
  near(p, 0.05371128596527664);
  near(statistic * 9 / 10, 3.349484536082474);
  // durkalski.test of the same: 2.862, p = 0.0907
  const { statistic: divided } = clusteredMcnemarTest(differences.map((each, at) => each / sizes[at]));
  near(divided, 2.862123003300932);
});

Deno.test("clusteredMcnemarTest() of 297 clusters of 8 to 130 images that err together is below 0.05 in 5 % of cases", () => {
  const word = randomWords(29), normals = randomNormals(30), cases = 4000;
  const sizes = Array.from({ length: 297 }, () => 8 + word() % 123);
  let below = 0;
  for (let round = 0; round < cases; round++) {
    // what a writer has in common grows with the images, what each image adds with their root
    const differences = sizes.map((size) =>
      Math.round(0.01 * size * normals() + Math.sqrt(0.01 * size) * normals())
    );
    if (clusteredMcnemarTest(differences).p < 0.05) below++;
  }
  assert.ok(Math.abs(below / cases - 0.05) <= threeErrors(0.05, cases), `${below} of ${cases}`);
});
