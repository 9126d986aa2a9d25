import assert from "node:assert/strict";
import { join } from "node:path";
import {
  classAccuracy,
  confusionOf,
  confusionProblem,
  countConfusion,
  imagesOf,
} from "../../../bench/run/confusion.ts";
import { UsageError } from "../../../bench/command_line/errors.ts";
import type { ConfusionRow, TrialRow } from "../../../bench/run/rows.ts";
import { withFolder } from "../fixtures.ts";

const LABELS = Uint8Array.from([0, 0, 1, 1, 1, 7, 7, 7]);
const PREDICTIONS = Uint8Array.from([0, 6, 1, 1, 7, 7, 7, 1]);

function trial(changes: Partial<TrialRow> = {}): TrialRow {
  return {
    iteration: 5,
    seed: 2,
    status: "completed",
    epochs: 20,
    parameters: 1,
    finalTestAccuracy: 5 / 8,
    course: undefined,
    weightsDigest: "",
    predictionsDigest: "",
    note: undefined,
    ...changes,
  };
}

function withPredictions(test: (folder: string) => void): Promise<void> {
  return withFolder((folder) => {
    Deno.mkdirSync(join(folder, "predictions"));
    Deno.writeFileSync(join(folder, "predictions", "iteration-5-seed-2.bin"), PREDICTIONS);
    test(folder);
  });
}

Deno.test("countConfusion() counts what each label was taken for", () =>
  withPredictions((folder) => {
    const rows = countConfusion(folder, [trial({ seed: 3, status: "diverged" }), trial()], LABELS);
    assert.deepEqual(rows.map(({ label, predicted, count }) => [label, predicted, count]), [
      [0, 0, 1],
      [0, 6, 1],
      [1, 1, 2],
      [1, 7, 1],
      [7, 1, 1],
      [7, 7, 2],
    ]);
    const confusion = confusionOf(rows, trial())!;
    assert.deepEqual([imagesOf(confusion, 1), classAccuracy(confusion, 1)], [3, 2 / 3]);
    assert.equal(confusionOf(rows, trial({ seed: 3 })), undefined);
    // A trial whose predictions are not there has no rows.
    assert.deepEqual(countConfusion(folder, [trial({ seed: 9 })], LABELS), []);
  }));

Deno.test("countConfusion() refuses predictions that do not belong to the labels", () =>
  withPredictions((folder) => {
    const refuses = (labels: Uint8Array, wanted: RegExp) =>
      assert.throws(
        () => countConfusion(folder, [trial()], labels),
        (error) => error instanceof UsageError && wanted.test(error.message),
      );
    refuses(LABELS.subarray(1), /expected 7 digits as there are test labels, got 8/);
    Deno.writeFileSync(join(folder, "predictions", "iteration-5-seed-2.bin"), PREDICTIONS.with(3, 10));
    refuses(LABELS, /expected digits, got 10 for image 3/);
  }));

Deno.test("confusionProblem() finds rows that were edited, without the labels", () =>
  withPredictions((folder) => {
    const rows = countConfusion(folder, [trial()], LABELS);
    const problem = (change: (row: ConfusionRow) => ConfusionRow, of = trial()) =>
      confusionProblem(confusionOf(rows.map(change), of)!, of, { folder, testImages: 8 });
    assert.equal(problem((row) => row), undefined);
    assert.match(
      problem((row) => row.label === 1 && row.predicted === 7 ? { ...row, predicted: 1 } : row)!,
      /recognizes 5 of 8 images by trials\.csv and 6 by confusion\.csv/,
    );
    assert.match(
      problem((row) => row.label === 0 && row.predicted === 6 ? { ...row, predicted: 5 } : row)!,
      /predicts digit 5 for 0 images in predictions and for 1 in confusion\.csv/,
    );
    assert.match(
      problem((row) => row, trial({ finalTestAccuracy: 6 / 8 }))!,
      /recognizes 6 of 8 images by trials/,
    );
  }));
