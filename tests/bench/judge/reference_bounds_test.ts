/**
 * @file Criteria that come from the reference: the bound by SciPy, and how often an unchanged recipe fails.
 */
import assert from "node:assert/strict";
import {
  accuracyBound,
  expectsTarget,
  FALSE_ALARM_RATE,
  judgeTarget,
  type ReferenceTrials,
  referenceTrials,
} from "../../../bench/judge/reference_bounds.ts";
import { readResults } from "../../../bench/run/results.ts";
import { isCompleted } from "../../../bench/run/rows.ts";
import { describe, type Share } from "../../../bench/statistics/mod.ts";
import { threeErrors } from "../statistics/comparison_simulation.ts";
import { randomNormals, randomWords } from "../statistics/random.ts";

const REFERENCE = new URL("../../../results/reference", import.meta.url).pathname;

function trials(
  finals: readonly number[],
  reached = finals.length,
): ReferenceTrials & { readonly target: Share } {
  const final = describe(finals)!;
  return {
    final: { ...final, deviation: final.deviation! },
    target: { count: reached, total: finals.length },
  };
}

Deno.test("accuracyBound() is the prediction bound that SciPy 1.17.1's quantiles give", () => {
  const reference = (n: number): ReferenceTrials => ({
    final: { n, mean: 0.995, deviation: 0.0003, min: 0, max: 1 },
    target: { count: n, total: n },
  });
  assert.ok(Math.abs(accuracyBound(reference(10), 3) - 0.9940558454146601) < 1e-12);
  assert.ok(Math.abs(accuracyBound(reference(5), 1) - 0.9921703661581737) < 1e-12);
});

Deno.test("accuracyBound() of three trials that tie leaves room for what an image hides", () => {
  const record = readResults(REFERENCE), [iteration] = record.manifest.iterations;
  const tied = record.trials.filter((trial) => trial.iteration === iteration.id).slice(0, 3)
    .map((trial) => ({ ...trial, finalTestAccuracy: 0.985 }));
  const bound = accuracyBound(referenceTrials(iteration, record.manifest, [{ ...record, trials: tied }])!, 3);
  // SciPy 1.17.1: t.ppf(0.9995, 2) = 31.599055, times 1/√12 images and √(2/3)
  assert.ok(Math.abs(0.985 - bound - 31.599055 * 1e-4 / Math.sqrt(18)) < 1e-9, `${bound}`);
});

Deno.test("too few trials at the target fail, and are not expected where most of the reference missed it", () => {
  const ten = trials(Array.from({ length: 10 }, (_, seed) => 0.994 + seed / 10_000));
  assert.equal(judgeTarget(ten.target, { count: 0, total: 3 }).isTooFew, true);
  assert.equal(judgeTarget(ten.target, { count: 1, total: 3 }).isTooFew, false);
  assert.equal(judgeTarget(ten.target, { count: 0, total: 1 }).isTooFew, false);
  assert.equal(expectsTarget(ten.target), true);
  assert.equal(expectsTarget({ count: 4, total: 10 }), false);
});

/** How accuracies of trials spread, standardized: normal, or leaning to the left with a skewness of −1. */
const SPREADS: Readonly<Record<string, (seed: number) => () => number>> = {
  normal: randomNormals,
  leaning(seed) {
    const word = randomWords(seed);
    const exponential = () => -Math.log((word() + 0.5) / 2 ** 32);
    // minus a Gamma variable of shape 4
    return () => 4 - (exponential() + exponential() + exponential() + exponential());
  },
};

Deno.test("an unchanged recipe fails in at most 1 % of runs, whatever the number of seeds: 10,000 runs each", () => {
  const cases = 10_000;
  let scenario = 0;
  for (const [name, spread] of Object.entries(SPREADS)) {
    for (const [references, count] of [[5, 1], [5, 10], [10, 1], [10, 3], [10, 25]]) {
      const draw = spread(++scenario), uniform = randomWords(scenario);
      // the worst for the target is a share that is neither sure nor rare
      const reaches = () => uniform() / 2 ** 32 < 0.8;
      // the bound of a mean of 0 and a deviation of 1, from which any other follows: quantiles take long
      const unit = { ...trials(Array.from({ length: references }, (_, at) => at)) };
      const factor = accuracyBound({ ...unit, final: { ...unit.final, mean: 0, deviation: 1 } }, count);
      let failed = 0;
      for (let run = 0; run < cases; run++) {
        const finals = Array.from({ length: references }, draw);
        const reached = finals.filter(reaches).length;
        const reference = trials(finals, reached);
        const mean = Array.from({ length: count }, draw).reduce((sum, each) => sum + each, 0) / count;
        const seen = Array.from({ length: count }, reaches).filter(Boolean).length;
        const isTooFew = expectsTarget(reference.target) &&
          judgeTarget(reference.target, { count: seen, total: count }).isTooFew;
        const { final } = reference;
        failed += +(mean < final.mean + factor * final.deviation || isTooFew);
      }
      const rate = failed / cases;
      assert.ok(
        rate <= FALSE_ALARM_RATE + threeErrors(FALSE_ALARM_RATE, cases),
        `${name}, ${references} published, ${count} new: ${rate}`,
      );
    }
  }
});

Deno.test("a recipe that became worse by four deviations of its trials is found by three seeds of it", () => {
  const draw = randomNormals(99);
  let found = 0;
  for (let run = 0; run < 500; run++) {
    const reference = trials(Array.from({ length: 10 }, draw));
    const mean = (draw() + draw() + draw()) / 3 - 4;
    found += +(mean < accuracyBound(reference, 3));
  }
  assert.ok(found > 350, `${found} of 500`);
});

Deno.test("half of the reference's seeds pass the criteria of the other half: they are fresh to it", () => {
  const record = readResults(REFERENCE);
  for (const iteration of record.manifest.iterations) {
    const completed = record.trials.filter((trial) => trial.iteration === iteration.id).filter(isCompleted);
    // the larger half gives the limits
    const known = completed.filter((_, at) => at % 2 === 0),
      fresh = completed.filter((_, at) => at % 2 === 1);
    const reference = trials(
      known.map((trial) => trial.finalTestAccuracy),
      known.filter(({ course }) => course?.epochToTarget !== "never").length,
    );
    const mean = describe(fresh.map((trial) => trial.finalTestAccuracy))!.mean;
    assert.ok(mean >= accuracyBound(reference, fresh.length), `iteration ${iteration.id}`);
    const count = fresh.filter(({ course }) => course?.epochToTarget !== "never").length;
    const judged = judgeTarget(reference.target, { count, total: fresh.length });
    assert.ok(!expectsTarget(reference.target) || !judged.isTooFew, `iteration ${iteration.id}`);
  }
});

Deno.test("referenceTrials() are those of the same layers and training, on the same data, whole", () => {
  const record = readResults(REFERENCE), { manifest } = record;
  const [iteration] = manifest.iterations;
  assert.equal(
    referenceTrials(iteration, manifest, [record])?.final.n,
    record.trials.filter((trial) => trial.iteration === iteration.id && isCompleted(trial)).length,
  );
  const { training } = iteration;
  const edited = { ...iteration, training: { ...training, batchSize: training.batchSize + 1 } };
  assert.equal(referenceTrials(edited, manifest, [record]), undefined);
  const other = { dataset: { ...manifest.dataset, trainImages: 1 } };
  assert.equal(referenceTrials(iteration, other, [record]), undefined);
  for (const change of [{ quick: true }, { epochs: 3 }]) {
    assert.equal(
      referenceTrials(iteration, manifest, [{ ...record, manifest: { ...manifest, ...change } }]),
      undefined,
    );
  }
  // results that say nothing about it stand in the way of none that do
  const without = { ...record, manifest: { ...manifest, iterations: manifest.iterations.slice(1) } };
  assert.deepEqual(
    referenceTrials(iteration, manifest, [without, record]),
    referenceTrials(iteration, manifest, [record]),
  );
  const few = record.trials.filter(({ seed }) => seed < 2);
  assert.equal(referenceTrials(iteration, manifest, [{ ...record, trials: few }]), undefined);
  assert.equal(referenceTrials(iteration, manifest, []), undefined);
});
