/**
 * @file Errors by writer: a run worked out by hand, and the reference's counted image by image.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { countErrors } from "../../../bench/run/error_counts.ts";
import { errorsProblem, type ErrorSummary, summarizeErrors } from "../../../bench/run/error_summary.ts";
import { readResults } from "../../../bench/run/results.ts";
import { isCompleted, type TrialRow } from "../../../bench/run/rows.ts";
import { type TestLabels, testLabelsOf } from "../../../bench/run/test_labels.ts";
import { loadMnist } from "../../../data/mnist.ts";
import { IGNORE_WITHOUT_MNIST, mnistFolder } from "../../data/real_mnist.ts";
import { IGNORE_WITHOUT_WRITERS, realWriters } from "../../data/real_writers.ts";
import { withFolder } from "../fixtures.ts";

const LABELS = Uint8Array.of(1, 2, 3, 4, 5, 6);
const TEST: TestLabels = {
  labels: LABELS,
  writers: {
    writer: Uint16Array.of(70, 70, 70, 9, 9, 80),
    series: Uint8Array.of(4, 4, 4, 0, 0, 1),
    label: LABELS,
  },
  doubted: [3],
};

function trial(seed: number, wrong: number): TrialRow {
  return {
    iteration: 1,
    seed,
    status: "completed",
    epochs: 1,
    parameters: 1,
    finalTestAccuracy: 1 - wrong / 6,
    course: undefined,
    weightsDigest: undefined,
    predictionsDigest: undefined,
    note: undefined,
  };
}

const TRIALS = [trial(0, 3), trial(1, 2), { ...trial(2, 0), status: "diverged" }];

/** Seed 0 errs on images 0, 1 and 3, seed 1 on 0 and 5. */
async function withPredictions(test: (folder: string) => void): Promise<void> {
  await withFolder((folder) => {
    Deno.mkdirSync(join(folder, "predictions"));
    const write = (seed: number, digits: number[]) =>
      Deno.writeFileSync(
        join(folder, "predictions", `iteration-1-seed-${seed}.bin`),
        Uint8Array.from(digits),
      );
    write(0, [0, 0, 3, 0, 5, 6]);
    write(1, [0, 2, 3, 4, 5, 0]);
    test(folder);
  });
}

Deno.test("countErrors() counts by writer, in order of their numbers", () =>
  withPredictions((folder) => {
    const rows = countErrors(folder, TRIALS, TEST);
    const columns = (row: typeof rows[number]) => Object.values(row).join(" ");
    assert.deepEqual(rows.map(columns), [
      "1 9 0 2 2 1 1 1 1",
      "1 70 4 3 2 3 1 0 0",
      "1 80 1 1 2 1 1 0 0",
    ]);
    const without = countErrors(folder, TRIALS, { labels: LABELS });
    assert.deepEqual(without.map(columns), ["1   6 2 5 3  "]);
  }));

Deno.test("countErrors() refuses predictions of another number of images", () =>
  withPredictions((folder) =>
    assert.throws(
      () => countErrors(folder, TRIALS, { labels: LABELS.subarray(1) }),
      /iteration-1-seed-0\.bin": expected 5 digits as there are test labels, got 6$/,
    )
  ));

Deno.test("summarizeErrors() gives the numbers that were worked out by hand", () =>
  withPredictions((folder) => {
    const rows = countErrors(folder, TRIALS, TEST);
    const summary = summarizeErrors(rows, { iteration: 1, trials: 2 })!;
    const near = (got: number | undefined, wanted: number) =>
      assert.ok(Math.abs(got! - wanted) < 1e-15, `${got}`);
    // two trials that disagree on three images: Σ k(2 − k)/(2·1) = 3/2
    near(summary.expectedDeviation, Math.sqrt(1.5) / 6);
    // mean errors ½, 3/2, ½ of writers with 2, 3 and 1 images, 5/12 an image: −1/3, 1/4, 1/12, times 3/2
    near(summary.ofWriters?.standardError, Math.sqrt((1 / 9 + 1 / 16 + 1 / 144) * 1.5) / 6);
    assert.equal(summary.ofWriters?.count, 3);
    near(summary.students?.accuracy, 1 - 3 / 6);
    near(summary.employees?.accuracy, 1 - 2 / 6);
    assert.deepEqual([summary.students?.images, summary.employees?.images], [3, 3]);
    near(summary.undoubted?.accuracy, 1 - 4 / 10);
    // counted when there were other trials: of no use
    assert.equal(summarizeErrors(rows, { iteration: 1, trials: 3 }), undefined);
    assert.equal(summarizeErrors(rows, { iteration: 2, trials: 2 }), undefined);
    const plain = summarizeErrors(countErrors(folder, TRIALS, { labels: LABELS }), {
      iteration: 1,
      trials: 2,
    })!;
    assert.deepEqual(Object.keys(plain), ["expectedDeviation"]);
  }));

Deno.test("errorsProblem() notices counts that are not those of the trials", () =>
  withPredictions((folder) => {
    const rows = countErrors(folder, TRIALS, TEST), options = { trials: TRIALS, testImages: 6 };
    assert.equal(errorsProblem(rows, 1, options), undefined);
    const [first, ...rest] = rows;
    assert.equal(
      errorsProblem([{ ...first, wrong: 2 }, ...rest], 1, options),
      "iteration 1 has 6 errors in errors.csv and 5 by trials.csv",
    );
    assert.equal(
      errorsProblem(rest, 1, options),
      "iteration 1 has 4 images in errors.csv, expected 6",
    );
  }));

Deno.test({
  name: "the reference's errors by writer are those that its predictions make, image by image",
  ignore: IGNORE_WITHOUT_MNIST || IGNORE_WITHOUT_WRITERS,
  async fn() {
    const folder = new URL("../../../results/reference", import.meta.url).pathname;
    const record = readResults(folder);
    const mnist = await loadMnist({ dir: mnistFolder() });
    const test = testLabelsOf(mnist, realWriters());
    assert.deepEqual(record.errors, countErrors(folder, record.trials, test));
    const { writer } = realWriters().test, { labels } = mnist.test;
    for (const { id } of record.manifest.iterations) {
      const trials = record.trials.filter((each) => each.iteration === id && isCompleted(each));
      const summary: ErrorSummary = summarizeErrors(record.errors!, {
        iteration: id,
        trials: trials.length,
      })!;
      // by its definition: errors of the same writer go together, Σ over pairs of images of one writer
      const rates = new Float64Array(labels.length);
      for (const { seed } of trials) {
        const path = join(folder, "predictions", `iteration-${id}-seed-${seed}.bin`);
        Deno.readFileSync(path).forEach((digit, image) =>
          rates[image] += +(digit !== labels[image]) / trials.length
        );
      }
      const mean = rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
      let squares = 0;
      for (let image = 0; image < rates.length; image++) {
        for (let other = 0; other < rates.length; other++) {
          if (writer[image] === writer[other]) squares += (rates[image] - mean) * (rates[other] - mean);
        }
      }
      const wanted = Math.sqrt(squares * 297 / 296) / rates.length;
      assert.ok(Math.abs(summary.ofWriters!.standardError - wanted) < 1e-12, `iteration ${id}`);
      // and it is larger than the one that takes every image for independent
      assert.ok(summary.ofWriters!.standardError > Math.sqrt(mean * (1 - mean) / rates.length));
      assert.equal(summary.undoubted?.images, 9985);
    }
  },
});
