import assert from "node:assert/strict";
import { readResults } from "../../../bench/run/results.ts";
import { isCompleted } from "../../../bench/run/rows.ts";
import { loadIterations } from "../../../models/catalog.ts";

/** In accuracy: how far below the reference's lowest trial the floor lies. */
const MARGIN = 0.0015;

const reference = () => readResults(new URL("../../../results/reference", import.meta.url).pathname);

Deno.test("finalAccuracyFloor is the reference's lowest final accuracy minus 0.15 points", async () => {
  const trials = reference().trials.filter(isCompleted);
  const published = new Set(trials.map(({ iteration }) => iteration));
  assert.deepEqual([...published], [1, 2, 3, 4, 5]);
  for (const { id, criteria } of await loadIterations()) {
    // an iteration that somebody adds is nothing published
    if (!published.has(id)) continue;
    const finals = trials.filter(({ iteration }) => iteration === id).map((trial) => trial.finalTestAccuracy);
    assert.equal(
      criteria?.finalAccuracyFloor?.toFixed(6),
      (Math.min(...finals) - MARGIN).toFixed(6),
      `iteration ${id}`,
    );
  }
});

Deno.test("the reference's iteration 1 is the beginning of its iteration 2, bit for bit", () => {
  const digests = (iteration: number) =>
    reference().epochs.filter((row) => row.iteration === iteration && row.epoch <= 5)
      .map(({ seed, epoch, weightsDigest }) => [seed, epoch, weightsDigest]);
  assert.equal(digests(1).length, 25);
  assert.deepEqual(digests(1), digests(2));
});
