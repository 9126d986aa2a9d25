import assert from "node:assert/strict";
import type { EpochRow } from "../../../bench/run/rows.ts";
import { summarizeTrial } from "../../../bench/run/summary.ts";

/** Rows of a trial with these test accuracies; undefined where the test set was not looked at. */
function epochs(...accuracies: readonly (number | undefined)[]): EpochRow[] {
  return accuracies.map((testAccuracy, index) => ({
    iteration: 1,
    seed: 0,
    epoch: index + 1,
    trainLoss: 0.1,
    trainAccuracy: 0.97,
    validationLoss: undefined,
    validationAccuracy: undefined,
    testLoss: testAccuracy === undefined ? undefined : 0.1,
    testAccuracy,
    learningRate: 0.01,
    weightsDigest: "",
  }));
}

Deno.test("summarizeTrial() takes the first of equal epochs as the best, and the first at 99.4 % exactly", () => {
  assert.deepEqual(summarizeTrial(epochs(0.99, 0.994, 0.995, 0.993, 0.995, 0.992)), {
    finalTestAccuracy: 0.992,
    bestTestAccuracy: 0.995,
    bestEpoch: 3,
    epochToTarget: 2,
  });
  assert.equal(summarizeTrial(epochs(0.99, 0.9939)).epochToTarget, undefined);
});

Deno.test("summarizeTrial() knows one epoch where images are held out, by its number", () => {
  assert.deepEqual(summarizeTrial(epochs(undefined, undefined, 0.996)), {
    finalTestAccuracy: 0.996,
    bestTestAccuracy: 0.996,
    bestEpoch: 3,
    epochToTarget: 3,
  });
  assert.throws(() => summarizeTrial(epochs(0.99, undefined)), /expected the test set to be looked at after/);
});
