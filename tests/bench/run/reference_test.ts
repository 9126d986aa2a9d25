import assert from "node:assert/strict";
import { referenceTrials } from "../../../bench/judge/reference_bounds.ts";
import { readResults } from "../../../bench/run/results.ts";
import { loadIterations } from "../../../models/catalog.ts";

const reference = () => readResults(new URL("../../../results/reference", import.meta.url).pathname);

Deno.test("published iterations have no limits of their own: the reference gives them", async () => {
  const record = reference();
  const published = new Set(record.trials.map(({ iteration }) => iteration));
  assert.deepEqual([...published], [1, 2, 3, 4, 5]);
  for (const iteration of await loadIterations()) {
    // an iteration that somebody adds is nothing published
    if (!published.has(iteration.id)) continue;
    assert.equal(iteration.criteria, undefined, `iteration ${iteration.id}`);
    assert.notEqual(referenceTrials(iteration, record.manifest, record), undefined);
  }
});

Deno.test("the reference's iteration 1 is the beginning of its iteration 2, bit for bit", () => {
  const digests = (iteration: number) =>
    reference().epochs.filter((row) => row.iteration === iteration && row.epoch <= 5)
      .map(({ seed, epoch, weightsDigest }) => [seed, epoch, weightsDigest]);
  assert.equal(digests(1).length, 50);
  assert.deepEqual(digests(1), digests(2));
});
