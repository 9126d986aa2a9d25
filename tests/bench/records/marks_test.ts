import assert from "node:assert/strict";
import { SIZE_CLASSES, sizeClassOf, standingOf } from "../../../bench/records/marks.ts";
import type { TrialRow } from "../../../bench/run/rows.ts";

const entry = (...finals: readonly number[]) => ({
  testImages: 10_000,
  trials: finals.map((finalTestAccuracy, seed) => ({
    iteration: 6,
    seed,
    status: "completed",
    parameters: 900,
    epochs: 20,
    finalTestAccuracy,
    course: undefined,
    weightsDigest: "",
    predictionsDigest: "",
  } as TrialRow)),
});

Deno.test("the ladder is as it was agreed: marks, and floors that stop at the challenge's 99.4 %", () => {
  assert.deepEqual(
    SIZE_CLASSES.map(({ parametersBelow, floor, mark }) => [parametersBelow, floor, mark]),
    [
      [1_000, 0.9876, 0.988],
      [1_500, 0.988, 0.991],
      [3_000, 0.991, 0.994],
      [5_000, 0.994, 0.9952],
      [8_000, 0.994, 0.996],
      [20_000, 0.994, 0.9965],
    ],
  );
});

Deno.test("sizeClassOf() gives the smallest class that fits", () => {
  const sizes = [1, 999, 1_000, 1_499, 1_500, 2_999, 3_000, 4_999, 5_000, 7_999, 8_000, 19_999, 20_000];
  assert.deepEqual(
    sizes.map((each) => sizeClassOf(each)?.parametersBelow),
    [1_000, 1_000, 1_500, 1_500, 3_000, 3_000, 5_000, 5_000, 8_000, 8_000, 20_000, 20_000, undefined],
  );
});

Deno.test("standingOf() tests the mean against the floor, one-sided, as worked out by hand", () => {
  const { p, isAboveFloor, isAtMark } = standingOf(sizeClassOf(900)!, entry(0.9877, 0.9879, 0.9881));
  // t = (0.9879 − 0.9876) / (0.0002 / √3) = 2.598 with 2 degrees of freedom: p = ½ − t / (2√(2 + t²))
  const t = 0.0003 / (0.0002 / Math.sqrt(3));
  assert.ok(Math.abs(p - (0.5 - t / (2 * Math.sqrt(2 + t * t)))) < 1e-9, String(p));
  assert.deepEqual([isAboveFloor, isAtMark], [false, false]);
});

Deno.test("a mark is reached by a mean at it that is shown to be above the mark of the next smaller class", () => {
  const below8000 = sizeClassOf(7_000)!;
  const at = (...finals: readonly number[]) => {
    const { isAboveFloor, isAtMark } = standingOf(below8000, entry(...finals));
    return [isAboveFloor, isAtMark];
  };
  assert.deepEqual(at(0.996, 0.9961, 0.9959, 0.996, 0.996), [true, true]);
  assert.deepEqual(at(0.9959, 0.996, 0.9959, 0.996, 0.9959), [true, false]);
  // the mean is there, but seeds that scatter so do not show that it is above 99.52 %: t = 2.1
  assert.deepEqual(at(0.995, 0.997, 0.995, 0.997, 0.995, 0.997, 0.995, 0.997), [true, false]);
});
