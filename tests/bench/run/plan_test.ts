import assert from "node:assert/strict";
import { checkEpochLimit, plannedEpochs, planTrials } from "../../../bench/run/plan.ts";
import { trialWork } from "../../../bench/run/work.ts";
import { loadIterations } from "../../../models/catalog.ts";
import { CATALOG, LONG } from "../fixtures.ts";

Deno.test("planTrials() goes seed by seed where that is asked for, without those left out", () => {
  const trials = planTrials(CATALOG, [0, 1], {
    seedBySeed: true,
    isLeftOut: ({ iteration, seed }) => iteration === 2 && seed === 0,
  });
  assert.deepEqual(trials.map(({ iteration, seed }) => [iteration.id, seed]), [[1, 0], [1, 1], [2, 1]]);
});

Deno.test("planTrials() goes iteration by iteration and leaves out what it is told to", () => {
  const trials = planTrials(CATALOG, [0, 3], {
    epochs: 3,
    isLeftOut: ({ iteration, seed }) => iteration === 1 && seed === 3,
  });
  assert.deepEqual(
    trials.map(({ iteration, seed, epochs }) => [iteration.id, seed, epochs]),
    [[1, 0, 2], [2, 0, 3], [2, 3, 3]],
  );
});

Deno.test("plannedEpochs() is never more than the iteration's own length", () => {
  assert.equal(plannedEpochs(LONG, undefined), 4);
  assert.equal(plannedEpochs(LONG, 1), 1);
  assert.equal(plannedEpochs(LONG, 50), 4);
});

Deno.test("checkEpochLimit() refuses a limit that stops no training", () => {
  const check = (epochs: number | undefined, quick = false, iterations = [LONG]) =>
    checkEpochLimit(iterations, { epochs, quick });
  for (const epochs of [undefined, 1, 3]) check(epochs);
  assert.throws(() => check(4), {
    name: "UsageError",
    message:
      "Cannot use --epochs: expected fewer than the 4 that the recipe has, got 4; leave it out to train all of them",
  });
  assert.throws(() => check(99, false, [CATALOG[0], LONG]), /fewer than the 4 that the longest recipe has/);
  // where one of several is stopped, the limit says something
  check(2, false, [CATALOG[0], LONG]);
  // who has no recipes is told so, and not of epochs
  check(99, false, []);
  // and a quick run is none of the recipe's length anyway
  check(99, true);
});

Deno.test("trialWork() counts the published networks", async () => {
  const counts = (await loadIterations()).slice(0, 5).map((iteration) =>
    trialWork({ iteration, seed: 0, epochs: 1 }, 1)
  );
  // Iteration 1 by hand: 26·26·10·9 + 24·24·20·10·9 + 720·10.
  assert.equal(counts[0], 1_104_840);
  // The others as published to three digits.
  assert.deepEqual(counts.map((count) => (count / 1e6).toFixed(2)), ["1.10", "1.10", "3.01", "3.93", "3.43"]);
});
