import assert from "node:assert/strict";
import { readResults } from "../../../bench/run/results.ts";
import type { EpochRow } from "../../../bench/run/rows.ts";
import { formatTrials, parseTrials } from "../../../bench/run/trials_file.ts";
import { verifyTrial } from "../../../bench/run/verify_folder.ts";
import { epochsWith } from "../fixtures.ts";

const HEADER =
  "iteration,seed,status,epochs,parameters,finalTestAccuracy,bestTestAccuracy,bestEpoch,epochToTarget,weightsDigest," +
  "predictionsDigest,note\n";
const MANIFEST = { validation: undefined };

/** Epochs of the trial in `read`. */
const epochs = (...accuracies: readonly (number | undefined)[]) =>
  epochsWith(...accuracies).map((row) => ({ ...row, iteration: 9, weightsDigest: "w" }));

const read = (cells: string, rows: readonly EpochRow[]) =>
  parseTrials(`${HEADER}9,0,${cells},w,p,\n`, MANIFEST, { name: "trials.csv", epochs: rows })[0];
/** What is wrong with the row, its files apart. */
const problems = (cells: string, rows: readonly EpochRow[]) =>
  verifyTrial(read(cells, rows), "nowhere", rows).filter((problem) => problem.includes("trials.csv and"));

const EVERY = epochs(0.99, 0.995, 0.994), ONCE = epochs(undefined, undefined, 0.995);

Deno.test("a trial whose test set was looked at in every epoch says the best and the first at 99.4 %", () => {
  const cells = "completed,3,984,0.994,0.995,2,2";
  const row = read(cells, EVERY);
  assert.deepEqual(row.course, { bestTestAccuracy: 0.995, bestEpoch: 2, epochToTarget: 2 });
  assert.equal(formatTrials([row], MANIFEST), `${HEADER}9,0,${cells},w,p,\n`);
  assert.deepEqual(problems(cells, EVERY), []);
  const never = epochs(0.99, 0.98);
  assert.equal(read("completed,2,984,0.98,0.99,1,", never).course?.epochToTarget, "never");
  assert.deepEqual(problems("completed,2,984,0.98,0.99,1,", never), []);
  // cells that were emptied
  assert.deepEqual(problems("completed,3,984,0.994,,,", EVERY), [
    "iteration-9-seed-0 has bestTestAccuracy nothing in trials.csv and 0.995 by epochs.csv",
    "iteration-9-seed-0 has bestEpoch nothing in trials.csv and 2 by epochs.csv",
    "iteration-9-seed-0 has epochToTarget nothing in trials.csv and 2 by epochs.csv",
  ]);
});

Deno.test("a trial whose test set was looked at once says the end alone, also where an earlier version wrote more", () => {
  for (const cells of ["0.995,,,", "0.995,0.995,3,3"]) {
    const row = read(`completed,3,984,${cells}`, ONCE);
    assert.deepEqual([row.finalTestAccuracy, row.course], [0.995, undefined]);
    assert.deepEqual(problems(`completed,3,984,${cells}`, ONCE), []);
    assert.equal(formatTrials([row], MANIFEST), `${HEADER}9,0,completed,3,984,0.995,,,,w,p,\n`);
  }
  // no version wrote these
  for (const cells of ["0.995,0.996,3,3", "0.995,0.995,2,3", "0.995,0.995,3,", "0.995,,3,", "0.995,,,3"]) {
    assert.notDeepEqual(problems(`completed,3,984,${cells}`, ONCE), [], cells);
  }
});

Deno.test("the published records, written before this was told apart, are read as looked at once", () => {
  const { trials } = readResults(new URL("../../../results/records/under_1500", import.meta.url).pathname);
  assert.ok(trials.length >= 5 && trials.every(({ course }) => course === undefined));
});
