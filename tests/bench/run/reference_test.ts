import assert from "node:assert/strict";
import { referenceTrials } from "../../../bench/judge/reference_bounds.ts";
import { readPublished } from "../../../bench/run/published.ts";
import { readResults } from "../../../bench/run/results.ts";
import { loadIterations } from "../../../models/catalog.ts";

const REFERENCE = new URL("../../../results/reference", import.meta.url).pathname;
const reference = () => readResults(REFERENCE);

Deno.test("published iterations have no limits of their own: the reference gives them", async () => {
  const record = reference();
  const published = new Set(record.trials.map(({ iteration }) => iteration));
  assert.deepEqual([...published], [1, 2, 3, 4, 5]);
  for (const iteration of await loadIterations()) {
    // an iteration that somebody adds is nothing published
    if (!published.has(iteration.id)) continue;
    assert.equal(iteration.criteria, undefined, `iteration ${iteration.id}`);
    assert.notEqual(referenceTrials(iteration, record.manifest, [record]), undefined);
  }
});

Deno.test("records give the limits of their iterations", () => {
  const [record, ...records] = readPublished(REFERENCE);
  assert.deepEqual(record, reference());
  assert.ok(records.length > 0);
  for (const { manifest } of records) {
    const [iteration] = manifest.iterations;
    assert.equal(referenceTrials(iteration, manifest, [record]), undefined);
    const trials = referenceTrials(iteration, manifest, [record, ...records]);
    assert.equal(trials?.final.n, 10);
    // nobody looked whether the target was reached before the end
    assert.equal(trials?.target, undefined);
  }
});

Deno.test("the reference's iteration 1 is the beginning of its iteration 2, bit for bit", () => {
  const digests = (iteration: number) =>
    reference().epochs.filter((row) => row.iteration === iteration && row.epoch <= 5)
      .map(({ seed, epoch, weightsDigest }) => [seed, epoch, weightsDigest]);
  assert.equal(digests(1).length, 50);
  assert.deepEqual(digests(1), digests(2));
});
