import assert from "node:assert/strict";
import { countWrong, hardImages } from "../../../../bench/report/html/votes.ts";

const LABELS = Uint8Array.of(1, 2, 3, 4);
const PREDICTIONS = [
  Uint8Array.of(1, 7, 5, 9),
  Uint8Array.of(1, 2, 5, 9),
  Uint8Array.of(7, 7, 8, 4),
  Uint8Array.of(1, 2, 5, 9),
];

Deno.test("hardImages() finds those that more than half get wrong, the hardest first, with their votes", () => {
  assert.deepEqual(hardImages(PREDICTIONS, LABELS), [
    { index: 2, label: 3, wrong: 4, votes: [{ digit: 5, count: 3 }, { digit: 8, count: 1 }] },
    { index: 3, label: 4, wrong: 3, votes: [{ digit: 9, count: 3 }, { digit: 4, count: 1 }] },
  ]);
});

Deno.test("hardImages() does not depend on the order of the trials", () => {
  assert.deepEqual(hardImages([...PREDICTIONS].reverse(), LABELS), hardImages(PREDICTIONS, LABELS));
});

Deno.test("countWrong() counts the trials that take an image for something else", () => {
  assert.deepEqual([0, 1, 2, 3].map((index) => countWrong(PREDICTIONS, LABELS[index], index)), [1, 2, 4, 3]);
});
