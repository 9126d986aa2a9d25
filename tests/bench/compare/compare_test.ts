/**
 * @file Verdicts of sides made by hand, and of the reference's.
 */
import assert from "node:assert/strict";
import {
  compareSides,
  type Comparison,
  type NoVerdict,
  type PairComparison,
  type Verdict,
} from "../../../bench/compare/compare.ts";
import { sidesOfRun } from "../../../bench/compare/gather_sides.ts";
import { COMPARE_DEFAULTS } from "../../../bench/compare/rules.ts";
import type { Side } from "../../../bench/compare/side.ts";
import { comparisonJson, pairSentences, sideNotes, sidesTable } from "../../../bench/report/comparison.ts";
import { readResults } from "../../../bench/run/results.ts";
import { MISSING_WRITERS, type TestLabels, testLabelsOf } from "../../../bench/run/test_labels.ts";
import { pairedTest } from "../../../bench/statistics/mod.ts";
import { loadMnist } from "../../../data/mnist.ts";
import { IGNORE_WITHOUT_MNIST, mnistFolder } from "../../data/real_mnist.ts";
import { IGNORE_WITHOUT_WRITERS, realWriters } from "../../data/real_writers.ts";
import { SHORT } from "../fixtures.ts";
import { randomWords, shuffled } from "../statistics/random.ts";

const LABELS = Uint8Array.from({ length: 1000 }, (_, image) => image % 10);
/** Ten images a writer. */
const WRITERS = {
  writer: Uint16Array.from(LABELS, (_, image) => 500 + Math.floor(image / 10)),
  series: new Uint8Array(1000),
  label: LABELS,
};
const TEST: TestLabels = { labels: LABELS, writers: WRITERS };
const IDENTITY: Side["identity"] = {
  schema: 2,
  dataset: { name: "mnist", digests: {}, trainImages: 1, testImages: 1000 },
  engine: { name: "wasm", version: 1 },
  quick: false,
  epochs: null,
};

/** A side whose trials err on just these images. */
function side(wrong: Readonly<Record<number, readonly number[]>>, id = 1): Side {
  const trials = Object.entries(wrong).map(([seed, images]) => {
    const predictions = LABELS.map((label, image) => images.includes(image) ? 9 - label : label);
    const accuracy = 1 - images.length / LABELS.length;
    return {
      row: {
        iteration: id,
        seed: Number(seed),
        status: "completed",
        epochs: 2,
        parameters: 7850,
        finalTestAccuracy: accuracy,
        course: { bestTestAccuracy: accuracy, bestEpoch: 2, epochToTarget: "never" as const },
        weightsDigest: undefined,
        predictionsDigest: undefined,
        note: undefined,
      },
      predictions,
    };
  });
  return {
    name: String(id),
    iteration: { ...SHORT, id },
    identity: IDENTITY,
    folders: ["a run"],
    trials,
    lost: [],
  };
}

/** So many images from `first` on. */
const range = (first: number, count: number) => Array.from({ length: count }, (_, at) => first + at);
const judged = (verdict: Verdict | NoVerdict): Verdict => {
  assert.ok(verdict.status !== "notJudged", "judged");
  return verdict;
};
const compare = (sides: readonly Side[], test = TEST, rules = {}): Comparison =>
  compareSides(sides, test, { ...COMPARE_DEFAULTS, ...rules });

const A = side({ 0: range(0, 30), 1: range(0, 34), 2: range(0, 32) });
const B = side({ 0: range(5, 20), 1: range(5, 22), 2: range(5, 24) }, 2);

Deno.test("compareSides() pairs by seed and counts images that only one side gets right", () => {
  const { pairs: [pair], summaries, writers, testImages } = compare([A, B]);
  assert.deepEqual(pair.seeds, [0, 1, 2]);
  assert.deepEqual(pair.perSeed.map(({ onlyA, onlyB }) => [onlyA, onlyB]), [[0, 10], [0, 12], [0, 8]]);
  assert.deepEqual(pair.discordant, { onlyA: 0, onlyB: 10 });
  assert.ok(Math.abs(pair.difference - 0.01) < 1e-15);
  // 2·(½)^10: all ten fall to one side
  assert.equal(pair.perSeed[0].p.toFixed(12), (2 / 1024).toFixed(12));
  assert.deepEqual([testImages, writers], [1000, 100]);
  assert.deepEqual(summaries.map(({ accuracy, parameters }) => [accuracy.mean.toFixed(3), parameters]), [
    ["0.968", 7850],
    ["0.978", 7850],
  ]);
  const images = judged(pair.images);
  assert.equal(images.status, "better");
  // the paired t test, but for rounding to whole images
  const { p } = pairedTest([0.98, 0.978, 0.976], [0.97, 0.966, 0.968], {
    alternative: "twoSided",
    unit: 0.002,
  });
  assert.ok(Math.abs(images.p - p) < 0.005, `${images.p}, ${p}`);
});

Deno.test("new digits need writers: their interval is the wider one, and none where writers are missing", () => {
  const { pairs: [pair] } = compare([A, B]);
  const images = judged(pair.images), digits = judged(pair.digits);
  assert.ok(digits.interval.low < images.interval.low && digits.interval.high > images.interval.high);
  assert.ok(digits.p > images.p);
  const { pairs: [without], writers } = compare([A, B], { labels: LABELS, writers: MISSING_WRITERS });
  assert.deepEqual(without.digits, {
    population: "digits",
    status: "notJudged",
    reason: "the writers of the test images are not known",
  });
  assert.equal(writers, undefined);
  assert.deepEqual(without.images, pair.images);
  // images that nobody wrote are each for itself, and these errors are ten of one writer: less is known with writers
  const drawn = judged(compare([A, B], { labels: LABELS }).pairs[0].digits);
  assert.ok(drawn.interval.high - drawn.interval.low < digits.interval.high - digits.interval.low);
});

Deno.test("one seed on each side says nothing of other seeds, and McNemar's test of these two networks", () => {
  const { pairs: [pair] } = compare([side({ 4: range(0, 30) }), side({ 4: range(5, 20) }, 2)]);
  assert.deepEqual([pair.images.status, pair.digits.status], ["notJudged", "notJudged"]);
  assert.deepEqual(pair.perSeed.map(({ seed, onlyA, onlyB }) => [seed, onlyA, onlyB]), [[4, 0, 10]]);
});

Deno.test("sides without common seeds are compared unpaired, with all their seeds", () => {
  const other = side({ 7: range(5, 20), 8: range(5, 22), 9: range(5, 24), 10: range(5, 22) }, 2);
  const { pairs: [pair] } = compare([A, other]);
  assert.equal(pair.seeds, undefined);
  assert.deepEqual(pair.perSeed, []);
  assert.ok(Math.abs(pair.difference - 0.01) < 1e-15);
  assert.ok(Math.abs(pair.discordant.onlyB - pair.discordant.onlyA - 10) < 1e-9);
  assert.equal(judged(pair.images).status, "better");
});

Deno.test("seeds that only one side has are left out, and said", () => {
  const more = side({ 1: range(5, 22), 2: range(5, 24), 3: range(0, 500) }, 2);
  const { pairs: [pair] } = compare([A, more]);
  assert.deepEqual([pair.seeds, pair.unpaired], [[1, 2], { a: [0], b: [3] }]);
  assert.deepEqual(pair.discordant, { onlyA: 0, onlyB: 10 });
});

Deno.test("the same predictions are equal, without any doubt", () => {
  const { pairs: [{ images, digits, difference }] } = compare([A, { ...A, name: "again" }]);
  assert.equal(difference, 0);
  assert.deepEqual([images.status, digits.status], ["equal", "equal"]);
  assert.deepEqual(judged(digits).interval, { low: 0, high: 0 });
  assert.equal(judged(images).p, 1);
});

Deno.test("a difference is equal where its interval lies within the margin, else it cannot be said", () => {
  const close = side({ 0: range(0, 31), 1: range(0, 33), 2: range(0, 32) }, 2);
  const statusAt = (margin: number) => compare([A, close], TEST, { margin }).pairs[0].images.status;
  assert.equal(statusAt(0.01), "equal");
  assert.equal(statusAt(0.001), "cannotSay");
  const { seeds } = judged(
    compare([A, side({ 0: range(0, 25), 1: range(0, 33), 2: range(0, 32) }, 2)]).pairs[0].images,
  );
  assert.equal(seeds?.kind, "about");
});

Deno.test("every two of several sides are compared, with Holm's correction, in whatever order", () => {
  const C = side({ 0: range(0, 33), 1: range(2, 34), 2: range(0, 31) }, 3);
  const { pairs } = compare([A, B, C]);
  assert.deepEqual(pairs.map(({ a, b }) => [a, b]), [[0, 1], [0, 2], [1, 2]]);
  const p = pairs.map(({ images }) => judged(images));
  const smallest = p.reduce((x, y) => x.p < y.p ? x : y);
  assert.ok(Math.abs(smallest.adjustedP - Math.min(1, 3 * smallest.p)) < 1e-12);
  assert.ok(p.every(({ adjustedP, p }) => adjustedP >= p));
  // C, B, A: the same three pairs with other signs
  const turned = compare([C, B, A]).pairs;
  const found = [turned[2], turned[1], turned[0]];
  const expected = [pairs[0], pairs[1], pairs[2]];
  for (const [at, pair] of expected.entries()) assertMirrored(pair, found[at]);
  const family = judged(compare([A, B], TEST, { family: 20 }).pairs[0].images);
  assert.ok(Math.abs(family.adjustedP - Math.min(1, 20 * family.p)) < 1e-12);
});

const near = (a: number, b: number) => assert.ok(Math.abs(a - b) < 1e-12, `${a}, ${b}`);

/** Two comparisons that differ in nothing but the order of the sides. */
function assertMirrored(pair: PairComparison, other: PairComparison): void {
  near(pair.difference, -other.difference);
  near(pair.discordant.onlyA, other.discordant.onlyB);
  for (const population of ["images", "digits"] as const) {
    const one = judged(pair[population]), two = judged(other[population]);
    near(one.p, two.p);
    near(one.interval.low, -two.interval.high);
    const mirror = { better: "worse", worse: "better", equal: "equal", cannotSay: "cannotSay" } as const;
    assert.equal(one.status, mirror[two.status]);
  }
}

/** The reference with what is known of its images. */
async function reference() {
  const folder = new URL("../../../results/reference", import.meta.url).pathname;
  const record = readResults(folder);
  const mnist = await loadMnist({ dir: mnistFolder() });
  return { folder, sides: sidesOfRun(folder, record), test: testLabelsOf(mnist, realWriters()) };
}

Deno.test({
  name:
    "compare 4 5 on the reference is the row of comparisons.csv, whatever the order of seeds, images and sides",
  ignore: IGNORE_WITHOUT_MNIST || IGNORE_WITHOUT_WRITERS,
  async fn() {
    const { folder, sides, test } = await reference();
    const four = sides.find(({ iteration }) => iteration.id === 4)!;
    const five = sides.find(({ iteration }) => iteration.id === 5)!;
    const comparison = compare([four, five], test), { pairs: [pair] } = comparison;
    const readme = Deno.readTextFileSync(new URL("../../../README.md", import.meta.url));
    for (const sentence of pairSentences(comparison, pair)) {
      assert.ok(readme.split("\n").includes(sentence), `README.md shows what it says: ${sentence}`);
    }
    const [header, ...rows] = Deno.readTextFileSync(`${folder}/comparisons.csv`).trim().split("\n")
      .map((line) => line.split(","));
    const row = rows.find(([a, b]) => a === "4" && b === "5")!;
    const published = Object.fromEntries(header.map((name, at) => [name, row[at]]));
    const images = judged(pair.images), digits = judged(pair.digits);
    near(pair.difference, Number(published.difference));
    near(images.p, Number(published.imagesP));
    near(digits.p, Number(published.digitsP));
    near(digits.interval.low, Number(published.digitsLow));
    near(digits.interval.high, Number(published.digitsHigh));
    assert.deepEqual([images.status, digits.status], [published.imagesVerdict, published.digitsVerdict]);
    near(pair.discordant.onlyA, Number(published.rightOnlyInA));

    const order = shuffled(range(0, test.labels.length), 3);
    const turn = <T extends Uint8Array | Uint16Array>(values: T) =>
      values.map((_, at) => values[order[at]]) as T;
    const { writers } = test;
    assert.ok(writers !== undefined && writers !== MISSING_WRITERS);
    const turned: TestLabels = {
      labels: turn(test.labels),
      writers: { writer: turn(writers.writer), series: turn(writers.series), label: turn(writers.label) },
    };
    const mixed = (of: Side): Side => ({
      ...of,
      trials: shuffled(of.trials, 5).map((trial) => ({ ...trial, predictions: turn(trial.predictions) })),
    });
    assertMirrored(pair, compare([mixed(five), mixed(four)], turned).pairs[0]);
  },
});

Deno.test("a wrong verdict among all pairs of three equal recipes is as rare as stated: 400 comparisons", () => {
  const word = randomWords(11), cases = 400;
  let wrong = 0;
  // a hard image is wrong in half of all trials, whoever trained
  const draw = (id: number) =>
    side(
      Object.fromEntries(range(0, 3).map((seed) => [seed, range(0, 60).filter(() => word() % 2 === 0)])),
      id,
    );
  const small = LABELS.subarray(0, 100);
  for (let index = 0; index < cases; index++) {
    const sides = range(1, 3).map(draw).map((each) => ({
      ...each,
      trials: each.trials.map((trial) => ({ ...trial, predictions: trial.predictions.subarray(0, 100) })),
    }));
    const { pairs } = compareSides(sides, { labels: small }, { ...COMPARE_DEFAULTS, margin: 1e-9 });
    wrong += +pairs.some(({ images }) => images.status === "better" || images.status === "worse");
  }
  const allowed = 0.05 + 3 * Math.sqrt(0.05 * 0.95 / cases);
  assert.ok(wrong / cases <= allowed, `${wrong / cases}`);
});

Deno.test("compareSides() knows no epoch to the target where nobody looked in every one", () => {
  const once = {
    ...B,
    trials: B.trials.map((trial) => ({ ...trial, row: { ...trial.row, course: undefined } })),
  };
  const comparison = compare([A, once]);
  const target = (at: number) => sidesTable(comparison).rows[at][6];
  assert.deepEqual([target(0), target(1)], ["not reached", "n/a"]);
  assert.deepEqual(sideNotes(comparison), [
    "Not known of B: when it reached the target, for the test set was not looked at in every epoch.",
  ]);
  const [a, b] = JSON.parse(comparisonJson(comparison, 0)).sides;
  assert.deepEqual([a.reached, "reached" in b, "epochToTarget" in b], [0, false, false]);
});
