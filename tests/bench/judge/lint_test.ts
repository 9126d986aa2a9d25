/**
 * @file Every rule with a planted fault, and without it.
 */
import assert from "node:assert/strict";
import {
  findOverlap,
  lintData,
  lintIteration,
  lintResults,
  type LintRule,
  lintSeeds,
  warningLines,
} from "../../../bench/judge/lint.ts";
import { drawDataset } from "../../../data/synthetic.ts";
import { loadDataset } from "../../../data/dataset.ts";
import type { LabelledImages } from "../../../data/types.ts";
import { loadIterations } from "../../../models/catalog.ts";
import type { Iteration, Training } from "../../../models/iteration.ts";
import { IGNORE_WITHOUT_MNIST, mnistFolder } from "../../data/real_mnist.ts";
import { recordOf } from "./claims/record.ts";
import {
  batchNorm,
  conv,
  flatten,
  globalAveragePool,
  type Layer,
  layerNorm,
  linear,
  prelu,
  relu,
} from "../../../models/layers/mod.ts";
import { SHORT } from "../fixtures.ts";

function rules(iteration: Iteration): string[] {
  return lintIteration(iteration).map(({ level, rule }) => `${level} ${rule}`);
}

/** What one rule says of an iteration with a fault. */
function message(rule: LintRule, iteration: Iteration): string {
  const [found, ...others] = lintIteration(iteration).filter((finding) => finding.rule === rule);
  assert.ok(found !== undefined && others.length === 0, `${rule}: ${rules(iteration)}`);
  assert.equal(found.iteration, iteration.id);
  return `${found.level}: ${found.message}`;
}

/** SHORT with another recipe; fields that the types do not have are what some rules look for. */
function trained(changes: Partial<Training> & Record<string, unknown>): Iteration {
  return { ...SHORT, training: { ...SHORT.training, ...changes } };
}

Deno.test("lintIteration() finds nothing in a plain iteration", () => {
  assert.deepEqual(rules(SHORT), []);
});

Deno.test("lintIteration() warns of test normalization other than in training", () => {
  for (
    const testNormalization of [{ mean: 0.1407, deviation: 0.3081 }, { mean: 0.1307, deviation: 0.4081 }]
  ) {
    assert.match(
      message("test-normalization", trained({ testNormalization })),
      /^warning: test images are normalized with \(0\.1[34]07, 0\.[34]081\), training images with \(0\.1307, 0\.3081\)$/,
    );
  }
});

Deno.test("lintIteration() flags the test normalization of iterations 1 to 3 alone", async () => {
  const flagged = (await loadIterations())
    .filter((iteration) => rules(iteration).includes("warning test-normalization"))
    .map(({ id }) => id);
  assert.deepEqual(flagged, [1, 2, 3]);
});

Deno.test("lintIteration() warns of more than 20 epochs and of 20,000 parameters", () => {
  assert.equal(message("epochs", trained({ epochs: 21 })), "warning: 21 epochs, the challenge allows 20");
  assert.deepEqual(rules(trained({ epochs: 20 })).filter((rule) => rule.endsWith("epochs")), []);
  const wide = (out: number): Iteration => ({
    ...SHORT,
    layers: [{ kind: "flatten" }, { kind: "linear", out }, { kind: "linear", out: 10 }],
  });
  // 785·out + 10·out + 10: 19,885 with 25, 20,680 with 26.
  assert.deepEqual(rules(wide(25)), []);
  assert.equal(
    message("parameters", wide(26)),
    "warning: 20,680 parameters, the challenge asks for fewer than 20,000",
  );
});

Deno.test("lintIteration() warns of 20,000 parameters exactly, and not of 19,999", () => {
  const layers = (first: readonly Layer[]): readonly Layer[] => [
    ...first,
    conv({ out: 1, kernel: 7, padding: 3 }), // 50
    conv({ out: 1, kernel: 3, padding: 1 }), // 10
    conv({ out: 1, kernel: 1 }), // 2
    conv({ out: 1, kernel: 1 }), // 2
    flatten(),
    linear({ out: 25 }), // 19,625
    layerNorm(), // 50
    linear({ out: 10 }), // 260
  ];
  assert.deepEqual(rules({ ...SHORT, layers: layers([]) }), []);
  assert.equal(
    message("parameters", { ...SHORT, layers: layers([prelu()]) }), // 1
    "warning: 20,000 parameters, the challenge asks for fewer than 20,000",
  );
});

Deno.test("lintIteration() notes biases before batch norm", () => {
  const layers = [
    conv({ out: 4, kernel: 3 }),
    batchNorm(),
    relu(),
    conv({ out: 3, kernel: 1 }),
    batchNorm(),
    relu(),
    globalAveragePool(),
    linear({ out: 10 }),
  ];
  assert.match(
    message("bias-before-batch-norm", { ...SHORT, layers }),
    /^note: 7 of 109 parameters are biases/,
  );
});

Deno.test("lintIteration() warns of criteria on the best epoch alone, and notes those beside a floor", () => {
  const judged = (criteria: Iteration["criteria"]) => message("best-epoch", { ...SHORT, criteria });
  assert.match(
    judged({ shareReachingTarget: 0.5 }),
    /^warning: .* by its best epoch.*; no criterion asks for a final accuracy$/,
  );
  assert.match(judged({ shareReachingTarget: 0.5, finalAccuracyFloor: 0.99 }), /^note: .* by its best epoch/);
  const claim = { ...SHORT.claim, epoch: 1 };
  assert.match(
    message("best-epoch", { ...SHORT, claim }),
    /^note: the claim is that of epoch 1 of 2, which the test images chose/,
  );
});

Deno.test("lintSeeds() warns of seeds that are named twice", () => {
  assert.deepEqual(lintSeeds([0, 1, 2]), []);
  assert.deepEqual(warningLines(lintSeeds([4, 0, 0, 1, 4, 0])), [
    "seeds 0,4 named more than once; a seed is one trial",
  ]);
});

Deno.test("lintResults() warns of trials with the same weights under two seeds", () => {
  const curves = [0.98, 0.981, 0.982].map((test) => ({ test: [test, test] }));
  const record = recordOf([{ iteration: SHORT, curves }]);
  assert.deepEqual(lintResults(record), []);
  const weightsDigest = record.trials[0].weightsDigest;
  const trials = record.trials.map((trial) => trial.seed === 2 ? { ...trial, weightsDigest } : trial);
  assert.deepEqual(warningLines(lintResults({ trials })), [
    "iteration 1: seeds 0 and 2 have the same weights; one is a copy of the other",
  ]);
});

Deno.test("lintData() finds test images that are training images too", () => {
  const drawn = drawDataset({ trainCount: 200, testCount: 100 });
  assert.deepEqual(lintData(drawn), []);
  const images = drawn.test.images.slice();
  const plant = (test: number, train: number) =>
    images.set(drawn.train.images.subarray(train * 784, (train + 1) * 784), test * 784);
  plant(17, 150);
  plant(99, 3);
  const test: LabelledImages = { images, labels: drawn.test.labels };
  assert.deepEqual(findOverlap(drawn.train, test), [{ test: 17, train: 150 }, { test: 99, train: 3 }]);
  assert.deepEqual(warningLines(lintData({ train: drawn.train, test })), [
    "2 of 100 test images are training images too (first: test image 17 is training image 150)",
  ]);
  // One bit apart is another image.
  images[17 * 784 + 400] ^= 1;
  assert.deepEqual(findOverlap(drawn.train, test), [{ test: 99, train: 3 }]);
});

Deno.test({
  name: "lintData() finds no test image of MNIST among its training images",
  ignore: IGNORE_WITHOUT_MNIST,
  fn: async () => assert.deepEqual(lintData(await loadDataset("mnist", { dir: mnistFolder() })), []),
});

Deno.test("warningLines() says once what several iterations have in common, and leaves notes out", () => {
  const finding = { rule: "epochs", level: "warning", message: "too long" } as const;
  assert.deepEqual(
    warningLines([
      { ...finding, iteration: 1 },
      { ...finding, iteration: 2 },
      { ...finding, iteration: 3 },
      { ...finding, iteration: 5, message: "other" },
      { ...finding, level: "note", message: "left out" },
    ]),
    ["iterations 1-3: too long", "iteration 5: other"],
  );
});
