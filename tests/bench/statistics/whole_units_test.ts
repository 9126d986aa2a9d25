/**
 * @file Values that are known to a unit only: SciPy's values of ties, and how often tests and intervals of a few err.
 */
import assert from "node:assert/strict";
import {
  describe,
  deviationInterval,
  leastDeviation,
  oneSampleTest,
  pairedTest,
  tInterval,
  tQuantile,
  unpairedTest,
} from "../../../bench/statistics/mod.ts";
import { threeErrors } from "./comparison_simulation.ts";
import { randomNormals } from "./random.ts";

const near = (got: number | undefined, wanted: number, tolerance = 1e-12) =>
  assert.ok(got !== undefined && Math.abs(got - wanted) <= tolerance, `${got}, expected ${wanted}`);

/** One image of 10,000. */
const IMAGE = 1e-4;

Deno.test("two seeds that lose one image each do not show a drop: SciPy 1.17.1's p with SD 1/√12 images", () => {
  const { t, p } = pairedTest([0.995, 0.9944], [0.9951, 0.9945], { alternative: "less", unit: IMAGE });
  // differences of binary fractions are off by up to 1e-16, a millionth of a millionth of an image
  near(t, -4.898979485566356, 1e-9);
  near(p, 0.06409421684897494, 1e-9);
  assert.equal(pairedTest([0.995, 0.9944], [0.995, 0.9944], { alternative: "less", unit: IMAGE }).p, 0.5);
});

Deno.test("three seeds that tie have an interval of 0.72 images on either side, and so has their deviation one", () => {
  const measured = describe([0.995, 0.995, 0.995])!;
  near(tInterval(measured, { unit: IMAGE })!.high - 0.995, 7.171087882915771e-5);
  assert.ok(deviationInterval(measured, { unit: IMAGE })!.high > IMAGE / Math.sqrt(12));
  const { p } = unpairedTest([0.995, 0.995], [0.9951, 0.9951], { alternative: "less", unit: IMAGE });
  // SciPy 1.17.1: isf(p, 1)²·2·u²/24 = u², so t = √12
  near(p, 0.08945618751103343, 1e-9);
});

Deno.test("up to twelve values that do not all tie are tested as they are, to the bit", () => {
  for (let n = 2; n <= 12; n++) {
    const values = Array.from({ length: n }, (_, at) => at === 0 ? 0.9951 : 0.995);
    const deviation = describe(values)!.deviation!;
    assert.equal(leastDeviation(deviation, { unit: IMAGE }) > deviation * (1 + 1e-9), false, String(n));
    if (n === 12) continue; // 1/√12, but for rounding
    const [asTheyAre, toAnImage] = [0, IMAGE].map((unit) =>
      oneSampleTest(values, 0.99, { alternative: "greater", unit })
    );
    assert.deepEqual(toAnImage, asTheyAre);
  }
  assert.equal(leastDeviation(0, { unit: 0 }), 0);
});

// NumPy 2.4.6 and SciPy 1.17.1, a million cases: 1.5, 10.2 and 10.0 of 1,000 below 0.01, and 3.4, 4.9 and 4.9 % missed.
const CASES = 10_000, SPREAD = 5, TRUE_MEAN = 0.25;

for (const n of [2, 3, 5]) {
  Deno.test(`${n} seeds that spread by ${SPREAD} images and are counted in whole ones err as often as stated`, () => {
    const normals = randomNormals(500 + n), critical = tQuantile(0.975, n - 1);
    let missed = 0, low = 0, lowWithoutUnit = 0;
    for (let round = 0; round < CASES; round++) {
      const values = Array.from({ length: n }, () => Math.round(TRUE_MEAN + SPREAD * normals()));
      const { t, p } = oneSampleTest(values, TRUE_MEAN, { alternative: "less", unit: 1 });
      // the interval that does not hold it, without its quantile anew for every case
      if (Math.abs(t) > critical) missed++;
      if (p < 0.01) low++;
      if (oneSampleTest(values, TRUE_MEAN, { alternative: "less", unit: 0 }).p < 0.01) lowWithoutUnit++;
    }
    const message = `${missed} missed, ${low} low, ${lowWithoutUnit} where ties are no spread`;
    assert.ok(missed / CASES <= 0.05 + threeErrors(0.05, CASES), message);
    assert.ok(low / CASES <= 0.01 + threeErrors(0.01, CASES), message);
    if (n === 2) assert.ok(lowWithoutUnit / CASES > 0.02, message);
  });
}
