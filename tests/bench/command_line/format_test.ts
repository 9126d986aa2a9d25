import assert from "node:assert/strict";
import { formatInterval, formatP, formatPoints, pWords } from "../../../bench/command_line/format.ts";

Deno.test("formatPoints() shows the sign, and none of nothing", () => {
  assert.deepEqual([0.0007, -0.0016, 0.00001, -0.00001, 0, undefined].map((value) => formatPoints(value)), [
    "+0.07",
    "−0.16",
    "0.00",
    "0.00",
    "0.00",
    "n/a",
  ]);
});

Deno.test("formatInterval() and formatP() write for people", () => {
  assert.equal(formatInterval({ low: 0.99412, high: 1 }), "99.41 to 100.00");
  assert.equal(formatInterval(undefined), "n/a");
  assert.deepEqual([0.5, 0.01234, 0.0001, 0.00009, 0, undefined].map(formatP), [
    "0.5000",
    "0.0123",
    "0.0001",
    "< 0.0001",
    "< 0.0001",
    "n/a",
  ]);
});

Deno.test("pWords() shows a p-value on its side of the limit beside it", () => {
  assert.deepEqual([0.5, 0.01234, 0.00009].map((p) => pWords(p)), ["p = 0.5000", "p = 0.0123", "p < 0.0001"]);
  const beside = (p: number, limit: number) => pWords(p, limit);
  assert.equal(beside(0.00996, 0.01), "p = 0.00996");
  assert.equal(beside(0.01004, 0.01), "p = 0.01004");
  assert.equal(beside(0.0123, 0.01), "p = 0.0123");
  assert.equal(beside(0.01, 0.01), "p = 0.0100");
  assert.equal(beside(0.00002, 0.01), "p < 0.0001");
  assert.equal(beside(0.00002, 0.00001), "p = 0.00002");
  assert.equal(beside(0.01 - 1e-13, 0.01), "p = 0.0099999999999");
});
