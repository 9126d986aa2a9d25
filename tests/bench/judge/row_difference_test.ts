/**
 * @file Every number of an epoch's row is held against what was measured: verify and regress alike.
 */
import assert from "node:assert/strict";
import { compareDigests } from "../../../bench/judge/regress/digests.ts";
import { differenceOfEpoch } from "../../../bench/judge/row_difference.ts";
import { EPOCH_COLUMNS, type EpochRow } from "../../../bench/run/rows.ts";
import type { EpochResult } from "../../../engine/engine.ts";
import { FakeEngine } from "../fake_engine.ts";
import { SHORT } from "../fixtures.ts";
import { recordOf } from "./claims/record.ts";

/** What tells rows apart, and the weights, which have a message of their own. */
const OTHERS = ["iteration", "seed", "epoch", "weightsDigest"];
const NUMBERS = (Object.keys(EPOCH_COLUMNS) as (keyof EpochRow)[]).filter((name) => !OTHERS.includes(name));

/** Each number another, the last bit of a float64 apart from what it may be next to. */
const MEASURED = {
  trainLoss: 0.1,
  trainAccuracy: 0.2,
  validationLoss: 0.3,
  validationAccuracy: 0.4,
  testLoss: 0.5,
  testAccuracy: 0.6,
  learningRate: 0.7,
} as const;

const RECORD = (() => {
  const record = recordOf([{ iteration: SHORT, curves: [{ test: [0.6, 0.6] }] }]);
  return { ...record, epochs: record.epochs.map((row) => ({ ...row, ...MEASURED })) };
})();

/** The record with one number of the second epoch changed, or not there. */
function withNumber(name: keyof EpochRow, value: number | undefined) {
  return {
    ...RECORD,
    epochs: RECORD.epochs.map((row) => row.epoch === 2 ? { ...row, [name]: value } : row),
  };
}

Deno.test("the numbers of an epoch's row are those that are compared here", () => {
  assert.deepEqual(NUMBERS, Object.keys(MEASURED));
});

Deno.test("differenceOfEpoch() and compareDigests() find nothing where nothing is changed", () => {
  assert.equal(difference(RECORD), undefined);
  assert.deepEqual(compareDigests(SHORT.id, RECORD, RECORD), {
    status: "identical",
    detail: "2 epochs of 1 trial",
  });
});

function difference(record: typeof RECORD): string | undefined {
  const [trial] = record.trials;
  const result: EpochResult = {
    ...MEASURED,
    epoch: 2,
    weightsDigest: RECORD.epochs[1].weightsDigest,
    trainSeconds: 1,
    testSeconds: 1,
  };
  return differenceOfEpoch({ path: "DIR", record, trial }, result, new FakeEngine());
}

for (const name of NUMBERS) {
  const value = MEASURED[name as keyof typeof MEASURED], next = value * (1 + Number.EPSILON);
  for (const other of [next, undefined]) {
    const shown = other === undefined ? "nothing" : "the next number";
    Deno.test(`differenceOfEpoch() names a ${name} that was edited to ${shown}`, () => {
      assert.equal(
        difference(withNumber(name, other)),
        `${name} of epoch 2 of 2: "DIR" says ${
          other ?? "nothing"
        }, measured here ${value}; the weights are ` +
          "identical, so the number was edited",
      );
    });
    Deno.test(`compareDigests() names a ${name} that is ${shown} in one of two runs`, () => {
      const record = withNumber(name, other);
      assert.deepEqual(compareDigests(SHORT.id, record, RECORD), {
        status: "different",
        detail: `seed 0 epoch 2: expected ${name} ${value}, got ${other ?? "nothing"}, with the same weights`,
      });
      assert.equal(compareDigests(SHORT.id, RECORD, record).status, "different");
    });
  }
}
