/**
 * @file What a comparison calls the images that it was measured on, and those that it speaks of.
 */
import assert from "node:assert/strict";
import { compareSides } from "../../../bench/compare/compare.ts";
import { COMPARE_DEFAULTS } from "../../../bench/compare/rules.ts";
import type { Side } from "../../../bench/compare/side.ts";
import {
  comparisonJson,
  comparisonMarkdown,
  comparisonText,
  headline,
} from "../../../bench/report/comparison.ts";
import { renderComparison } from "../../../bench/report/html/comparison_page.ts";
import { SCHEMA, type Tried, type Validation } from "../../../bench/run/manifest.ts";
import { MISSING_WRITERS, type TestLabels } from "../../../bench/run/test_labels.ts";
import { SHORT } from "../fixtures.ts";

const IMAGES = 1000;
const labels = new Uint8Array(IMAGES);
const writer = Uint16Array.from({ length: IMAGES }, (_, image) => Math.floor(image / 10));
const WRITTEN: TestLabels = { labels, writers: { writer, series: new Uint8Array(IMAGES), label: labels } };

/** Three trials that err on the first `wrong` images, one more or fewer. */
function side(id: number, wrong: number, facts: { validation?: Validation; tried?: Tried } = {}): Side {
  return {
    name: String(id),
    iteration: { ...SHORT, id },
    identity: {
      schema: SCHEMA,
      dataset: { name: "mnist", digests: {}, trainImages: 60_000, testImages: IMAGES },
      engine: { name: "wasm", version: 1 },
      quick: false,
      epochs: null,
      ...facts,
    },
    folders: [],
    trials: [0, 1, 2].map((seed) => {
      const errors = wrong + (seed * id) % 3;
      const accuracy = 1 - errors / IMAGES;
      return {
        row: {
          iteration: id,
          seed,
          status: "completed",
          epochs: 1,
          parameters: 7850,
          finalTestAccuracy: accuracy,
          course: { bestTestAccuracy: accuracy, bestEpoch: 1, epochToTarget: "never" },
          weightsDigest: undefined,
          predictionsDigest: undefined,
          note: undefined,
        },
        predictions: labels.map((_, image) => image < errors ? 1 : 0),
      };
    }),
    lost: [],
  };
}

/** Every form of a comparison, on one line each. */
function formsOf(sides: readonly Side[], test: TestLabels) {
  const comparison = compareSides(sides, test, COMPARE_DEFAULTS);
  return {
    headline: headline(comparison),
    text: comparisonText(comparison, { color: false, width: 80 }).replace(/\s+/g, " "),
    markdown: comparisonMarkdown(comparison),
    page: renderComparison(comparison),
    json: comparisonJson(comparison, 0),
  };
}

Deno.test("a comparison of runs that held images out says so in every form, and what was tried on them", () => {
  const validation: Validation = { images: IMAGES, writers: 100, digest: "" };
  const { headline, ...forms } = formsOf([
    side(1, 30, { validation, tried: { recipes: 2, ideas: 1, trials: 4 } }),
    side(2, 20, { validation, tried: { recipes: 9, ideas: 8, trials: 27 } }),
  ], WRITTEN);
  assert.match(headline, /on these held-out images; .* on new digits$/);
  for (const [form, text] of Object.entries(forms)) {
    assert.match(text, /On these 1,000 held-out images/, form);
    // the data set's field of a manifest is none of the words
    assert.doesNotMatch(text.replace(/"testImages"/, ""), /\btest (images|accuracy)\b/i, form);
    if (form === "json") continue;
    assert.match(
      text,
      /Validation: 1,000 images held out, .* 100 writers.* The test set was not evaluated\./,
      form,
    );
    assert.match(text, /Tried on these images so far: 9 recipes in 27 trials/, form);
  }
  assert.deepEqual(JSON.parse(forms.json).validation, validation);
  const onTestSet = formsOf([side(1, 30), side(2, 20)], WRITTEN);
  for (const text of Object.values(onTestSet)) assert.doesNotMatch(text, /held.out|Validation/);
});

Deno.test("a comparison speaks of new digits where writers are on record, and else of new images", () => {
  const sides = [side(1, 30), side(2, 20)];
  const words = (test: TestLabels) => {
    const { json: _, ...forms } = formsOf(sides, test);
    return Object.values(forms).map((text) =>
      [/new digits/i, /new images/i].map((pattern) => pattern.test(text.replace(/differ on new images/g, "")))
    );
  };
  for (const [digits, images] of words(WRITTEN)) assert.deepEqual([digits, images], [true, false]);
  // on record, and not at hand
  for (const each of words({ labels, writers: MISSING_WRITERS })) assert.deepEqual(each, [true, false]);
  // clothes, or anybody's images
  for (const each of words({ labels })) assert.deepEqual(each, [false, true]);
});
