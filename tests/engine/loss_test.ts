import { deepEqual, equal, ok } from "node:assert/strict";
import { type ExampleLoss, softmaxCrossEntropy } from "../../engine/loss.ts";

/** Loss, prediction and gradient of one example whose logits lie side by side. */
function lossOf(
  logits: readonly number[],
  label: number,
  weight = 1,
  labelSmoothing?: number,
): ExampleLoss & { dLogits: Float32Array } {
  const result = { loss: 0, prediction: -1 }, dLogits = new Float32Array(logits.length).fill(7);
  softmaxCrossEntropy(Float32Array.from(logits), label, {
    classes: logits.length,
    start: 0,
    stride: 1,
    weight,
    labelSmoothing,
    dLogits,
    result,
  });
  return { ...result, dLogits };
}

const FLOAT64_TOLERANCE = 1e-15; // relative: exp and log are right to about one unit in the last place
const FLOAT32_TOLERANCE = 6e-8; // relative: one rounding to float32

function close(got: number, expected: number, tolerance: number): void {
  ok(Math.abs(got - expected) <= tolerance * Math.abs(expected), `expected ${expected}, got ${got}`);
}

Deno.test("softmaxCrossEntropy() of equal logits is ln 10", () => {
  for (const logit of [0, -3.5, 1e30]) {
    const { loss, dLogits } = lossOf(Array(10).fill(logit), 3);
    close(loss, 2.302585092994046, FLOAT64_TOLERANCE);
    dLogits.forEach((gradient, i) => close(gradient, i === 3 ? -0.9 : 0.1, FLOAT32_TOLERANCE));
  }
});

Deno.test("softmaxCrossEntropy() has the known values of softmax(1, 2, 3)", () => {
  // ln(1 + e + e²) − 2 and e^(i−1) / (1 + e + e²), in decimal arithmetic of 40 digits
  const losses = [2.4076059644443803, 1.4076059644443803, 0.4076059644443803];
  const probabilities = [0.09003057317038046, 0.24472847105479765, 0.6652409557748219];
  losses.forEach((expected, label) => {
    const { loss, prediction, dLogits } = lossOf([1, 2, 3], label, 0.25);
    close(loss, expected, FLOAT64_TOLERANCE);
    equal(prediction, 2);
    dLogits.forEach((gradient, i) =>
      close(gradient, 0.25 * (probabilities[i] - (i === label ? 1 : 0)), FLOAT32_TOLERANCE)
    );
  });
});

Deno.test("softmaxCrossEntropy() spreads a share of the target over all classes", () => {
  // Σ −target · log softmax(1, 2, 3) with a target of 0.9 + 0.1/3 and 0.1/3, in decimal arithmetic of 40 digits
  const losses = [2.3076059644443803, 1.4076059644443803, 0.5076059644443803];
  const probabilities = [0.09003057317038046, 0.24472847105479765, 0.6652409557748219];
  losses.forEach((expected, label) => {
    const { loss, dLogits } = lossOf([1, 2, 3], label, 0.25, 0.1);
    close(loss, expected, FLOAT64_TOLERANCE);
    dLogits.forEach((gradient, i) =>
      close(gradient, 0.25 * (probabilities[i] - (i === label ? 0.9 + 0.1 / 3 : 0.1 / 3)), FLOAT32_TOLERANCE)
    );
  });
});

Deno.test("softmaxCrossEntropy() without smoothing has the bits of smoothing by 0", () => {
  const logits = [0.3, -1.7, 2.2, 0.01];
  for (const label of [0, 1, 2, 3]) deepEqual(lossOf(logits, label, 0.37, 0), lossOf(logits, label, 0.37));
});

Deno.test("softmaxCrossEntropy() stands extreme logits", () => {
  const far = lossOf([1000, 0, 0], 1);
  equal(far.loss, 1000);
  deepEqual([...far.dLogits], [1, -1, 0]);
  const sure = lossOf([1000, 0, 0], 0);
  equal(sure.loss, 0);
  deepEqual([...sure.dLogits].map(Math.abs), [0, 0, 0]);
  const largest = Math.fround(3.4028234663852886e38);
  const farthest = lossOf([-largest, largest], 0);
  equal(farthest.loss, 2 * largest);
  equal(farthest.prediction, 1);
  deepEqual([...farthest.dLogits], [-1, 1]);
});

Deno.test("softmaxCrossEntropy() of a logit that is not finite is NaN", () => {
  for (const bad of [NaN, Infinity, -Infinity]) {
    for (const at of [0, 1, 2]) {
      const logits = [0.5, 1, 0.25].with(at, bad);
      for (const label of [0, 1, 2]) equal(lossOf(logits, label).loss, NaN);
    }
  }
});

Deno.test("softmaxCrossEntropy() has the gradient of finite differences", () => {
  // logits and step are multiples of 2^−10, so the float32 logits are exact; the error is about h² f‴/6 = 2e-8
  const step = 2 ** -10, tolerance = 1e-7;
  const logits = [0.5, -1.25, 2, 0.375, -0.0625, 1, -3, 0, 2.5, 1.75];
  for (const smoothing of [undefined, 0.1, 0.75]) {
    for (const label of [0, 6, 8]) {
      const { dLogits } = lossOf(logits, label, 1, smoothing);
      logits.forEach((logit, i) => {
        const at = (value: number) => lossOf(logits.with(i, value), label, 1, smoothing).loss;
        const difference = (at(logit + step) - at(logit - step)) / (2 * step);
        ok(Math.abs(difference - dLogits[i]) <= tolerance, `dLogits[${i}]: ${dLogits[i]}, not ${difference}`);
      });
    }
  }
});

Deno.test("softmaxCrossEntropy() predicts the first largest logit", () => {
  equal(lossOf([1, 5, 5, 2], 0).prediction, 1);
  equal(lossOf([-2, -2, -2], 2).prediction, 0);
  equal(lossOf([-3, -2, -1], 0).prediction, 2);
});

Deno.test("softmaxCrossEntropy() touches its own lane alone and needs no gradient in evaluation", () => {
  const classes = 3, lanes = 8;
  const logits = Float32Array.from({ length: classes * lanes }, (_, i) => Math.fround(0.1 * ((5 * i) % 7)));
  const before = logits.slice(), dLogits = new Float32Array(classes * lanes).fill(7);
  for (const start of [0, 3, 7]) {
    const alone = [0, 1, 2].map((i) => logits[start + i * lanes]);
    const expected = lossOf(alone, 2), result = { loss: 0, prediction: -1 };
    const place = { classes, start, stride: lanes, weight: 1, result };
    softmaxCrossEntropy(logits, 2, place);
    deepEqual(result, { loss: expected.loss, prediction: expected.prediction });
    softmaxCrossEntropy(logits, 2, { ...place, dLogits });
    deepEqual([0, 1, 2].map((i) => dLogits[start + i * lanes]), [...expected.dLogits]);
  }
  deepEqual(logits, before);
  equal(dLogits.filter((value) => value === 7).length, classes * (lanes - 3));
});
