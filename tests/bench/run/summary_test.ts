import assert from "node:assert/strict";
import { summarizeTrial } from "../../../bench/run/summary.ts";
import { epochsWith } from "../fixtures.ts";

Deno.test("summarizeTrial() takes the first of equal epochs as the best, and the first at 99.4 % exactly", () => {
  assert.deepEqual(summarizeTrial(epochsWith(0.99, 0.994, 0.995, 0.993, 0.995, 0.992)), {
    finalTestAccuracy: 0.992,
    course: { bestTestAccuracy: 0.995, bestEpoch: 3, epochToTarget: 2 },
  });
  assert.equal(summarizeTrial(epochsWith(0.99, 0.9939)).course?.epochToTarget, "never");
});

Deno.test("summarizeTrial() knows the end alone where the test set was not looked at in every epoch", () => {
  for (const early of [[undefined, undefined], [undefined, 0.997], [0.997, undefined]]) {
    assert.deepEqual(summarizeTrial(epochsWith(...early, 0.996)), {
      finalTestAccuracy: 0.996,
      course: undefined,
    });
  }
  assert.equal(summarizeTrial(epochsWith(0.996)).course?.epochToTarget, 1);
  assert.throws(
    () => summarizeTrial(epochsWith(0.99, undefined)),
    /expected the test set to be looked at after/,
  );
});
