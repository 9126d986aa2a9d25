import { deepEqual, equal, throws } from "node:assert/strict";
import { draw, drawBlock, drawMany, dropoutThreshold, isKept, Stream, toUnit } from "../../engine/streams.ts";

const POSITION = { seed: 7, stream: Stream.dropout, index: 11, epoch: 2, channel: 1 };

// From an implementation of Philox and of the table in streams.ts in Python.
const DRAWS = [2905055248, 196958028, 2270525277, 4277677664, 3288956630, 3000960005];

Deno.test("draw() gives the recorded words", () => {
  deepEqual(DRAWS.map((_, number) => draw(POSITION, number)), DRAWS);
});

Deno.test("drawMany() and drawBlock() give the words of draw()", () => {
  for (let count = 0; count <= DRAWS.length; count++) {
    const out = new Uint32Array(count);
    drawMany(POSITION, out);
    deepEqual([...out], DRAWS.slice(0, count));
  }
  const block = new Uint32Array(4);
  drawBlock(POSITION, 1, block);
  deepEqual([...block.subarray(0, 2)], DRAWS.slice(4));
});

Deno.test("draw() depends on every part of its position", () => {
  const others = [
    { ...POSITION, seed: 8 },
    { ...POSITION, stream: Stream.augmentation },
    { ...POSITION, index: 12 },
    { ...POSITION, epoch: 3 },
    { ...POSITION, channel: 0 },
  ];
  const words = new Set([draw(POSITION, 0), ...others.map((position) => draw(position, 0))]);
  equal(words.size, others.length + 1);
});

Deno.test("toUnit() maps words to [0, 1) in steps of 2^-24", () => {
  equal(toUnit(0), 0);
  equal(toUnit(255), 0);
  equal(toUnit(0x80000000), 0.5);
  equal(toUnit(0xffffffff), 1 - 1 / 16777216);
  equal(toUnit(0xffffffff), Math.fround(toUnit(0xffffffff)));
});

Deno.test("isKept() keeps a share of 1 - p", () => {
  const words = new Uint32Array(100_000);
  drawMany(POSITION, words);
  for (const p of [0, 0.05, 0.25, 0.5]) {
    const kept = words.filter((word) => isKept(word, dropoutThreshold(p))).length / words.length;
    const fourDeviations = 4 * Math.sqrt(p * (1 - p) / words.length);
    equal(Math.abs(kept - (1 - p)) <= fourDeviations, true, `p ${p}: kept ${kept}`);
  }
  equal(isKept(4194304 * 256, dropoutThreshold(0.25)), true);
  equal(isKept(4194304 * 256 - 1, dropoutThreshold(0.25)), false);
});

Deno.test("dropoutThreshold() is a number that can be drawn, even of a p that rounds to 1", () => {
  for (const p of [1 - 2 ** -24, 1 - 2 ** -26, 0.99999999]) {
    equal(dropoutThreshold(p), 2 ** 24 - 1, `p ${p}`);
    equal(isKept(0xffff_ffff, dropoutThreshold(p)), true);
    equal(isKept(0xffff_feff, dropoutThreshold(p)), false);
  }
});

Deno.test("dropoutThreshold() rejects a probability outside [0, 1)", () => {
  for (const p of [-0.1, 1, NaN]) throws(() => dropoutThreshold(p), RangeError);
});
