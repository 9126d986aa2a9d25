/**
 * @file The tables of ablations and of the field on screens of any width.
 */
import assert from "node:assert/strict";
import { effectsText } from "../../../bench/report/ablations.ts";
import { fieldText } from "../../../bench/report/field.ts";
import { judgeField } from "../../../bench/field/judge_field.ts";
import { configHash } from "../../../bench/run/manifest.ts";
import type { EffectRow } from "../../../bench/run/effects.ts";
import type { RunRecord } from "../../../bench/run/run_record.ts";
import { CATALOG } from "../fixtures.ts";

const EFFECT: EffectRow = {
  variant: "matched-normalization",
  iteration: 9003,
  base: 1,
  factor: "matched normalization",
  instead: "test images normalized otherwise",
  parameters: 19_798,
  seeds: 10,
  accuracy: 0.9931,
  gain: 0.0004,
  imagesLow: -0.0001,
  imagesHigh: 0.0009,
  imagesP: 0.08,
  imagesAdjustedP: 0.3,
  imagesStatus: "equal",
  digitsLow: -0.0004,
  digitsHigh: 0.0012,
  digitsP: 0.2,
  digitsAdjustedP: 0.5,
  digitsStatus: "cannotSay",
};
const RECORD: RunRecord = {
  manifest: {
    schema: 2,
    dataset: { name: "mnist", digests: {}, trainImages: 60_000, testImages: 10_000 },
    engine: { name: "wasm", version: 1 },
    quick: false,
    epochs: null,
    iterations: CATALOG.map((iteration) => ({ ...iteration, configHash: configHash(iteration) })),
    seeds: [0, 1],
    invocations: [],
  },
  epochs: [],
  trials: CATALOG.flatMap(({ id, parameters, training }) =>
    [0, 1].map((seed) => ({
      iteration: id,
      seed,
      status: "completed",
      epochs: training.epochs,
      parameters,
      finalTestAccuracy: 0.98 + seed / 1000,
      course: { bestTestAccuracy: 0.981 + seed / 1000, bestEpoch: 1, epochToTarget: "never" as const },
      weightsDigest: undefined,
      predictionsDigest: undefined,
      note: undefined,
    }))
  ),
  timing: [],
};

for (const width of [60, 80, 100, 160]) {
  Deno.test(`no line of the ablations' and the field's text is longer than ${width} columns`, () => {
    const screen = { color: false, width };
    const texts = [
      effectsText([EFFECT], RECORD, screen),
      fieldText(judgeField([RECORD], CATALOG), screen),
    ];
    for (const line of texts.join("\n").split("\n")) {
      assert.ok(line.length <= width, `${line.length}: ${line}`);
    }
    assert.match(texts[0], /\+0\.04/);
    if (width >= 80) assert.match(texts[0], /−0\.01 to \+0\.09/);
  });
}
