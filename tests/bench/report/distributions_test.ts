import { SCHEMA } from "../../../bench/run/manifest.ts";
import assert from "node:assert/strict";
import {
  expectedSpreadNote,
  findSpread,
  spreadTable,
  targetTable,
  writersNote,
  writersTable,
} from "../../../bench/report/distributions.ts";
import {
  headlineTable,
  makeReport,
  type Report,
  summaryTable,
  trialsTable,
  unknownEpochsNote,
} from "../../../bench/report/report.ts";
import { summarizeErrors } from "../../../bench/run/error_summary.ts";
import { newManifest, withPlan } from "../../../bench/run/manifest.ts";
import type { TrialRow } from "../../../bench/run/rows.ts";
import { describe } from "../../../bench/statistics/mod.ts";
import { LONG } from "../fixtures.ts";
import { threeErrors } from "../statistics/comparison_simulation.ts";
import { randomNormals } from "../statistics/random.ts";

/** A report of trials with these final and best accuracies (if known) and epochs to target; a word is a status. */
function report(outcomes: readonly (readonly [final: number, best?: number, target?: number] | string)[]) {
  const seeds = outcomes.map((_, seed) => seed);
  const manifest = withPlan(
    newManifest({
      schema: SCHEMA,
      dataset: { name: "mnist", digests: {}, trainImages: 60_000, testImages: 10_000 },
      engine: { name: "wasm", version: 1 },
      quick: false,
      epochs: null,
    }),
    [LONG],
    seeds,
  );
  const trials = outcomes.map((outcome, seed): TrialRow => {
    const lost = typeof outcome === "string";
    return {
      iteration: LONG.id,
      seed,
      status: lost ? outcome : "completed",
      epochs: lost ? 1 : 4,
      parameters: lost ? undefined : LONG.parameters,
      finalTestAccuracy: lost ? undefined : outcome[0],
      course: lost || outcome[1] === undefined
        ? undefined
        : { bestTestAccuracy: outcome[1], bestEpoch: 3, epochToTarget: outcome[2] ?? "never" },
      weightsDigest: undefined,
      predictionsDigest: undefined,
      note: undefined,
    };
  });
  const epochs = trials.flatMap((trial) =>
    trial.finalTestAccuracy === undefined ? [] : [1, 2, 3, 4].map((epoch) => ({
      iteration: trial.iteration,
      seed: trial.seed,
      epoch,
      trainLoss: 0.1,
      trainAccuracy: epoch === 4 ? 0.99 : 0.5,
      validationLoss: undefined,
      validationAccuracy: undefined,
      testLoss: 0.1,
      testAccuracy: epoch === 4 ? trial.finalTestAccuracy! : 0.5,
      learningRate: 0.01,
      weightsDigest: "",
    }))
  );
  return makeReport({ manifest, trials, epochs, timing: [] }, [LONG]);
}

const MIXED = report([[0.9940, 0.9945, 3], [0.9946, 0.9946, 2], [0.9934, 0.9938], "diverged", "failed"]);

Deno.test("spreadTable() keeps the two kinds of uncertainty, the best epoch's bonus and the training gap apart", () => {
  // SD 0.06 points of three trials: 0.06/√3; nobody has counted errors; (0.05 + 0 + 0.04)/3; 99.00 − 99.40.
  assert.deepEqual(spreadTable(MIXED).rows, [
    ["2", "3 of 5", "99.34", "99.46", "0.060", "n/a", "0.035", "n/a", "+0.03", "−0.40"],
  ]);
  assert.deepEqual(spreadTable(report([[0.99, 0.99]])).rows, [
    ["2", "1", "99.00", "99.00", "n/a", "n/a", "n/a", "n/a", "0.00", "0.00"],
  ]);
  assert.deepEqual(spreadTable(report(["diverged"])).rows, [
    ["2", "0 of 1", "n/a", "n/a", "n/a", "n/a", "n/a", "n/a", "n/a", "n/a"],
  ]);
});

/** Two writers of 5,000 images each: a student with 20 errors a trial, an employee with 40, and one doubted label. */
function withErrors(finals: readonly [number, number][], disagreements: number): Report {
  const plain = report(finals), trials = finals.length;
  const row = { iteration: LONG.id, images: 5000, trials };
  const errors = [
    {
      ...row,
      writer: 5,
      series: 4,
      wrong: 20 * trials,
      disagreements,
      doubtedImages: 1,
      doubtedWrong: trials,
    },
    { ...row, writer: 6, series: 0, wrong: 40 * trials, disagreements: 0, doubtedImages: 0, doubtedWrong: 0 },
  ];
  const [{ summary, verdicts }] = plain.iterations;
  const counted = summarizeErrors(errors, { iteration: LONG.id, trials });
  return { ...plain, iterations: [{ summary: { ...summary, errors: counted }, verdicts }] };
}

Deno.test("writersTable() has each half, accuracy without doubted labels, and the error that counts writers", () => {
  const counted = withErrors([[0.994, 0.994], [0.994, 0.994]], 0);
  // 59 errors in 9,999 images; two writers 10 errors from the mean: √(2 · 2 · 10²)/10,000
  assert.deepEqual(writersTable(counted).rows, [
    ["2", "2", "99.40", "99.60", "99.20", "99.41", "2", "0.200", "0.077"],
  ]);
  assert.deepEqual(writersTable(MIXED).rows, [
    ["2", "3 of 5", "99.40", "n/a", "n/a", "n/a", "n/a", "n/a", "0.077"],
  ]);
});

Deno.test("expectedSpreadNote() says where seeds spread as independent errors would, where more, and where who knows", () => {
  // √(32/(2·1))/10,000 = 0.04 points to be expected; SD 0.035 and 0.707 points
  const two = withErrors([[0.99400, 0.994], [0.9945, 0.9945]], 32);
  // χ² with 1 degree: 0.000982 and 5.024 (NIST/SEMATECH e-Handbook, 1.3.6.7.4), so SD × 0.446 to SD × 31.9
  assert.equal(
    expectedSpreadNote(two),
    "Whether iteration 2 spreads more than that is not shown: 0.4 to 28.2 times as much (χ² test at 5 %, intervals of the SD at 95 %).",
  );
  const far = withErrors([[0.984, 0.984], [0.994, 0.994]], 32);
  assert.match(
    expectedSpreadNote(far)!,
    /^Iteration 2 spreads 17\.7 times as much: some of its seeds train worse networks/,
  );
  // 30 trials, one image above or below: SD 1.02 images where √(30·29·1.2²/(30·29)) = 1.2 are to be expected
  const many = Array.from({ length: 30 }, (_, at) => 0.994 + (at % 2 === 0 ? 1e-4 : -1e-4));
  assert.match(
    expectedSpreadNote(withErrors(many.map((final) => [final, final]), 30 * 29 * 1.44))!,
    /^Iteration 2 spreads less than √2 times as much as that, .*: to choose a seed there is to buy it/,
  );
  assert.equal(expectedSpreadNote(MIXED), undefined);
});

Deno.test("findSpread() takes seeds that spread √2 times as far for noise in at most 2.5 % of cases", () => {
  const normals = randomNormals(6), cases = 1000;
  for (const n of [2, 3, 5, 10, 25]) {
    let noise = 0, wider = 0;
    for (let round = 0; round < cases; round++) {
      const { deviation } = describe(Array.from({ length: n }, normals))!;
      // intervals are in proportion: once as the larger spread, once as the expected one
      if (findSpread({ n, deviation: deviation! * Math.SQRT2 }, { expected: 1, unit: 0 }).kind === "noise") {
        noise++;
      }
      if (findSpread({ n, deviation: deviation! }, { expected: 1, unit: 0 }).kind === "wider") wider++;
    }
    assert.ok(noise / cases <= 0.025 + threeErrors(0.025, cases), `n ${n}: ${noise} of ${cases} noise`);
    assert.ok(
      Math.abs(wider / cases - 0.05) <= threeErrors(0.05, cases),
      `n ${n}: ${wider} of ${cases} wider`,
    );
  }
});

Deno.test("targetTable() counts trials that diverged or failed as not reaching the target", () => {
  // Wilson's interval of 2 in 5 is 11.76 to 76.93 %.
  assert.deepEqual(targetTable(MIXED).rows, [
    ["2", "0.5000", "2 of 5", "11.76 to 76.93", "never", "2 to 3", "3"],
  ]);
  assert.deepEqual(targetTable(report([[0.995, 0.995, 2], [0.996, 0.996, 3]])).rows, [
    ["2", "0.1024", "2 of 2", "34.24 to 100.00", "2.5", "2 to 3", "0"],
  ]);
  assert.deepEqual(targetTable(report([[0.99, 0.99]])).rows, [
    ["2", "n/a", "0 of 1", "0.00 to 79.35", "n/a", "n/a", "1"],
  ]);
});

Deno.test("no table has a number of epochs at which nobody looked", () => {
  // at the end 2 of 4 trials are at the target; Wilson's interval of a half
  const once = report([[0.995], [0.996], [0.99], "diverged"]);
  assert.deepEqual(targetTable(once).rows, [
    ["2", "0.5630", "2 of 4 at the end", "15.00 to 85.00", "n/a", "n/a", "n/a"],
  ]);
  assert.equal(spreadTable(once).rows[0][8], "n/a");
  assert.deepEqual(summaryTable(once).rows[0].slice(5, 8), ["n/a", "n/a", "n/a"]);
  assert.equal(headlineTable(once).rows[0][4], "n/a");
  assert.deepEqual(trialsTable(once).rows.map((row) => row.slice(3, 7)), [
    ["99.50", "n/a", "n/a", "n/a"],
    ["99.60", "n/a", "n/a", "n/a"],
    ["99.00", "n/a", "n/a", "n/a"],
    ["n/a", "n/a", "n/a", "n/a"],
  ]);
  assert.match(unknownEpochsNote(once)[0], /^The test set was not looked at in every epoch: nobody knows/);
  assert.deepEqual(unknownEpochsNote(MIXED), []);
  // one trial of which it is not known is enough
  assert.equal(targetTable(report([[0.995, 0.995, 2], [0.996]])).rows[0][4], "n/a");
});

Deno.test("writersNote() tells of the halves of MNIST's own test set alone, whose series are 4 and 0", () => {
  const { identity } = report([[0.99, 0.99]]);
  assert.match(
    writersNote(identity),
    /one half of MNIST's test images, employees .* the other \(HSF series 4 and 0\)/,
  );
  // as results/reference counts them
  const [header, ...rows] = Deno.readTextFileSync("results/reference/errors.csv").trimEnd().split(/\r?\n/);
  const at = header.split(",").indexOf("series");
  assert.deepEqual([...new Set(rows.map((row) => row.split(",")[at]))].sort(), ["0", "4"]);
  const validation = { writers: 90, images: 10_118, digest: "" };
  const others = [
    { ...identity, validation },
    { ...identity, dataset: { ...identity.dataset, name: "qmnist" } },
  ];
  for (const other of others) {
    assert.doesNotMatch(writersNote(other), /half/);
    assert.match(writersNote(other), /Students are of a high school \(HSF series 4\)/);
  }
});
