import assert from "node:assert/strict";
import {
  formatClock,
  formatMean,
  formatNumberList,
  formatPercentApart,
} from "../../../bench/command_line/format.ts";
import { binomialStandardError, describe, median } from "../../../bench/statistics/mod.ts";

Deno.test("describe() gives mean, sample deviation and range", () => {
  // Known answer: deviations 2, 2, 1, 1, 1, … squares sum to 32 over n - 1 = 7.
  const known = describe([2, 4, 4, 4, 5, 5, 7, 9]);
  assert.deepEqual(known, { n: 8, mean: 5, deviation: Math.sqrt(32 / 7), min: 2, max: 9 });
  assert.deepEqual(describe([0.5]), { n: 1, mean: 0.5, min: 0.5, max: 0.5 });
  assert.equal(describe([]), undefined);
});

Deno.test("median() takes the middle and is absent where the middle is never", () => {
  assert.equal(median([9, 1, 5]), 5);
  assert.equal(median([16, 18]), 17);
  assert.equal(median([16, Infinity, 17]), 17);
  assert.equal(median([16, Infinity]), undefined);
  assert.equal(median([Infinity, Infinity, 1]), undefined);
  assert.equal(median([]), undefined);
});

Deno.test("binomialStandardError() of 99.4 % in 10,000 is 0.077 points", () => {
  assert.equal((binomialStandardError(0.994, 10_000) * 100).toFixed(3), "0.077");
});

Deno.test("formatPercentApart() shows as many digits as tell two values apart", () => {
  assert.equal(formatPercentApart(0.98, 0.99), "98.00 %");
  assert.equal(formatPercentApart(0.99397, 0.994), "99.397 %");
  assert.equal(formatPercentApart(0.994, 0.99397), "99.400 %");
  assert.equal(formatPercentApart(0.994, 0.994), "99.40 %");
});

Deno.test("formatMean(), formatClock() and formatNumberList() write for people", () => {
  assert.equal(formatMean(describe([0.99, 0.98])), "98.50 ± 0.71");
  assert.equal(formatMean(describe([0.99])), "99.00 ± n/a");
  assert.equal(formatMean(undefined), "n/a");
  assert.deepEqual([0, 59.6, 754, 3723].map(formatClock), ["0:00", "1:00", "12:34", "1:02:03"]);
  assert.equal(formatNumberList([0, 1, 2, 7, 9, 10]), "0-2,7,9,10");
});
