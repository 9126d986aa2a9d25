import { deepEqual, equal, throws } from "node:assert/strict";
import { epochOrder } from "../../engine/batch_order.ts";
import { sha256Hex } from "../../engine/digest.ts";

// From an implementation of Philox and of the shuffle in Python, with its exact integers.
Deno.test("epochOrder() gives the recorded orders", () => {
  deepEqual([...epochOrder(10, 0, 1)], [1, 2, 0, 6, 5, 8, 7, 9, 3, 4]);
  deepEqual([...epochOrder(10, 0, 2)], [1, 4, 6, 3, 0, 2, 8, 9, 7, 5]);
  deepEqual([...epochOrder(10, 1, 1)], [7, 6, 4, 0, 3, 1, 5, 8, 9, 2]);
  const mnist = epochOrder(60_000, 0, 1);
  deepEqual([...mnist.subarray(0, 5)], [41467, 52085, 22419, 21143, 9354]);
  equal(
    sha256Hex(new Uint8Array(mnist.buffer)),
    "7a433faedd5c1f346ab5e528851e6324daa2c6d68572d8cb2d296cc2aa5bb789",
  );
});

Deno.test("epochOrder() is a permutation", () => {
  for (const count of [0, 1, 2, 1001]) {
    deepEqual([...epochOrder(count, 5, 3)].sort((a, b) => a - b), Array.from({ length: count }, (_, i) => i));
  }
});

Deno.test("epochOrder() puts each example first about equally often", () => {
  const firsts = new Array<number>(5).fill(0);
  const trials = 5000;
  for (let epoch = 1; epoch <= trials; epoch++) firsts[epochOrder(5, 9, epoch)[0]]++;
  const fourDeviations = 4 * Math.sqrt(0.2 * 0.8 * trials);
  for (const count of firsts) equal(Math.abs(count - trials / 5) < fourDeviations, true, firsts.join(" "));
});

Deno.test("epochOrder() rejects a count that it cannot shuffle exactly", () => {
  for (const count of [-1, 1.5, NaN, 1 << 22]) throws(() => epochOrder(count, 0, 1), RangeError);
});
