import assert from "node:assert/strict";
import { CURVE_SIZE, type PlottedIteration } from "../../../../bench/report/html/plots.ts";
import { learningRateCurves, lossCurves } from "../../../../bench/report/html/recipe_curves.ts";
import type { EpochRow } from "../../../../bench/run/rows.ts";

/** Two trials of two epochs: test loss 1, then 0.1; training loss 0.3 and 0.5, then 0.1. */
const trials = [0.3, 0.5].map((trainLoss, seed) => ({
  row: { iteration: 1, seed },
  epochs: [[trainLoss, 1, 0.1], [0.1, 0.1, 0.05]].map(([train, test, learningRate], index) =>
    ({ iteration: 1, seed, epoch: index + 1, trainLoss: train, testLoss: test, learningRate }) as EpochRow
  ),
}));
const iteration = { label: "1 Baseline", trials } as unknown as PlottedIteration;

/** The points of each line, as pixels. */
function lines(svg: string): number[][][] {
  return [...svg.matchAll(/<path[^>]* d="M([\d.,L]+)"/g)].map(([, path]) =>
    path.split("L").map((point) => point.split(",").map(Number))
  );
}

const TOP = 30, BOTTOM = CURVE_SIZE.height - 36;

Deno.test("lossCurves() draws the medians of test and training losses at their logarithms", () => {
  const [train, test] = lines(lossCurves([iteration])[0].svg).slice(-2);
  const share = (loss: number) => BOTTOM + (TOP - BOTTOM) * (1 + Math.log10(loss));
  assert.deepEqual(test.map(([, y]) => Math.round(y)), [1, 0.1].map(share).map(Math.round));
  assert.deepEqual(train.map(([, y]) => Math.round(y)), [0.4, 0.1].map(share).map(Math.round));
});

Deno.test("learningRateCurves() draws the rates from 0 up", () => {
  const [rate] = lines(learningRateCurves([iteration])[0].svg).slice(-1);
  assert.deepEqual(rate.map(([, y]) => Math.round(y)), [TOP, (TOP + BOTTOM) / 2]);
});

Deno.test("lossCurves() tells held-out images from test images", () => {
  const drawn = (validationLoss: readonly number[], testLoss: readonly number[]) => {
    const epochs = [0, 1].map((index) =>
      ({
        iteration: 1,
        seed: 0,
        epoch: index + 1,
        trainLoss: 0.2,
        validationLoss: validationLoss[index],
        testLoss: testLoss[index],
        learningRate: 0.1,
      }) as EpochRow
    );
    const one = { label: "1", trials: [{ row: { iteration: 1, seed: 0 }, epochs }] };
    return lines(lossCurves([one as unknown as PlottedIteration])[0].svg).slice(-3);
  };
  const first = drawn([1, 0.5], [0.4, 0.1]), exchanged = drawn([0.4, 0.1], [1, 0.5]);
  assert.deepEqual([first[1], first[2]], [exchanged[2], exchanged[1]]);
  assert.deepEqual(first[0], exchanged[0]);
  assert.ok(first[1][1][1] < first[2][1][1], "0.5 lies above 0.1");
});
