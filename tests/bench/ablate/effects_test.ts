/**
 * @file How often verdicts on ablations are wrong, by simulation, and what they do not depend on.
 */
import assert from "node:assert/strict";
import { judgeEffects } from "../../../bench/ablate/effects.ts";
import type { Side } from "../../../bench/compare/side.ts";
import type { Variant } from "../../../bench/ablate/variants.ts";
import { SHORT } from "../fixtures.ts";
import { randomWords } from "../statistics/random.ts";

const IMAGES = 240, WRITERS = 24, SEEDS = 5, VARIANTS = 3;
const CASES = 300;
const STATED = 0.05;
const writer = Uint16Array.from({ length: IMAGES }, (_, image) => Math.floor(image * WRITERS / IMAGES));
const labels = new Uint8Array(IMAGES);
const TEST = { labels, writers: { writer, series: new Uint8Array(IMAGES), label: labels } };

/** Fractions, one after the other. */
function randomNumbers(seed: number): () => number {
  const word = randomWords(seed);
  return () => word() / 2 ** 32;
}

/** A side whose trials err on hard images and on those of hard writers, and a little more or less from seed to seed. */
function sideOf(
  id: number,
  draw: () => number,
  { hard, without = 0 }: { readonly hard: readonly number[]; readonly without?: number },
): Side {
  const trials = Array.from({ length: SEEDS }, (_, seed) => {
    const day = (draw() - 0.5) * 0.04;
    const predictions = Uint8Array.from(labels, (_, image) => {
      const error = Math.min(0.9, Math.max(0, hard[image] + day + without));
      return draw() < error ? 1 : 0;
    });
    const right = predictions.reduce((sum, digit) => sum + +(digit === 0), 0);
    const row = {
      iteration: id,
      seed,
      status: "completed",
      epochs: 1,
      parameters: 10,
      finalTestAccuracy: right / IMAGES,
      course: { bestTestAccuracy: right / IMAGES, bestEpoch: 1, epochToTarget: "never" as const },
      weightsDigest: undefined,
      predictionsDigest: undefined,
      note: undefined,
    };
    return { row, predictions };
  });
  return {
    name: String(id),
    iteration: { ...SHORT, id },
    identity: {
      schema: 2,
      dataset: { name: "mnist", digests: {}, trainImages: 1, testImages: IMAGES },
      engine: { name: "fake", version: 1 },
      quick: false,
      epochs: null,
    },
    folders: [],
    trials,
    lost: [],
  };
}

function simulate(draw: () => number, without: readonly number[]) {
  const writers = Array.from({ length: WRITERS }, () => draw() * 0.1);
  const hard = Array.from(writer, (each) => writers[each] + (draw() < 0.1 ? 0.4 : 0.02));
  const variants = without.map((loss, index) => {
    const side = sideOf(9001 + index, draw, { hard, without: loss });
    const variant: Variant = { name: `v${index}`, factor: "", instead: "", iteration: side.iteration };
    return { variant, side };
  });
  return { whole: sideOf(5, draw, { hard }), variants };
}

Deno.test("an ablation of nothing is said to matter in at most 5 % of all tables, by images and by digits", () => {
  const draw = randomNumbers(14);
  let images = 0, digits = 0;
  for (let index = 0; index < CASES; index++) {
    const { whole, variants } = simulate(draw, new Array<number>(VARIANTS).fill(0));
    const rows = judgeEffects(whole, variants, TEST);
    assert.equal(rows.length, VARIANTS);
    const isSaid = (status: string) => status === "better" || status === "worse";
    images += +rows.some(({ imagesStatus }) => isSaid(imagesStatus));
    digits += +rows.some(({ digitsStatus }) => isSaid(digitsStatus));
  }
  // Holm's method and the common recipe make it rarer; never more often than stated
  const most = STATED + 3 * Math.sqrt(STATED * (1 - STATED) / CASES);
  assert.ok(images / CASES <= most, `${images} of ${CASES}`);
  assert.ok(digits / CASES <= most, `${digits} of ${CASES}`);
});

Deno.test("an ablation that costs a lot is found, and the order of variants changes nothing", () => {
  const draw = randomNumbers(15);
  let found = 0;
  for (let index = 0; index < 40; index++) {
    const { whole, variants } = simulate(draw, [0, 0.15, 0, 0]);
    const rows = judgeEffects(whole, variants, TEST);
    found += +(rows[1].imagesStatus === "better");
    const turned = judgeEffects(whole, [...variants].reverse(), TEST).reverse();
    assert.deepEqual(turned, rows);
  }
  assert.ok(found >= 36, `${found} of 40`);
});

Deno.test("judgeEffects() leaves out what has fewer than two seeds in common with the whole recipe", () => {
  const { whole, variants } = simulate(randomNumbers(16), [0, 0]);
  const [first, second] = variants;
  const one = { ...first, side: { ...first.side, trials: first.side.trials.slice(0, 1) } };
  assert.deepEqual(judgeEffects(whole, [one, second], TEST).map(({ variant }) => variant), ["v1"]);
});
