import { deepEqual, equal, ok } from "node:assert/strict";
import { Draws } from "../../../engine/augmentations/mod.ts";
import { draw, Stream, toUnit } from "../../../engine/streams.ts";

const position = { seed: 7, epoch: 3, exampleIndex: 59_999, ordinal: 2 };

Deno.test("Draws gives the words of the augmentation stream, in any order and without end", () => {
  const draws = new Draws();
  draws.moveTo(position);
  const at = { seed: 7, stream: Stream.augmentation, index: 59_999, epoch: 3, channel: 2 };
  for (const number of [0, 5, 1567, 4, 5, 3, 1_000_000]) {
    equal(draws.word(number), draw(at, number));
    equal(draws.unit(number), toUnit(draw(at, number)));
  }
  draws.moveTo({ ...position, ordinal: 3 });
  equal(draws.word(3), draw({ ...at, channel: 3 }, 3));
});

Deno.test("Draws.below() gives every whole number its share", () => {
  const draws = new Draws(), shares = new Array(5).fill(0), trials = 10_000;
  for (let exampleIndex = 0; exampleIndex < trials; exampleIndex++) {
    draws.moveTo({ ...position, exampleIndex });
    shares[draws.below(0, 5)] += 1 / trials;
  }
  equal(shares.length, 5);
  for (const share of shares) ok(Math.abs(share - 0.2) < 0.016, `${share}`); // four standard deviations
  deepEqual([draws.below(0, 1), draws.between(1, 2, 2), draws.symmetric(1, 0) + 0], [0, 2, 0]);
});
