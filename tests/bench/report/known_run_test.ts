/**
 * @file A run of four trials whose every number was worked out by hand: what each file and the page must say of it.
 *
 * Iteration 1 for three epochs, 1,000 test images (100 of each digit), seed 3 diverges in its second epoch.
 *
 * | Seed | Test accuracy | Final | Best | Reaches 99.4 % |
 * | --- | --- | --- | --- | --- |
 * | 0 | 0.995 0.996 0.992 | 0.992 | 0.996 at 2 | at 1 |
 * | 1 | 0.980 0.993 0.995 | 0.995 | 0.995 at 3 | at 3 |
 * | 2 | 0.970 0.991 0.989 | 0.989 | 0.991 at 2 | never |
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { main as bench } from "../../../bench/commands/bench.ts";
import { type PageData } from "../../../bench/report/html/page_data.ts";
import { renderPage } from "../../../bench/report/html/page.ts";
import { readPageData } from "../../../bench/report/html/read_page_data.ts";
import { readRows } from "../../../bench/run/results.ts";
import { weightsDigest } from "../../../engine/digest.ts";
import type { Engine, EpochResult, TrainOptions, Trial } from "../../../engine/engine.ts";
import { initialTensors, namedTensors } from "../../../engine/initial_weights.ts";
import { buildGraph } from "../../../models/graph.ts";
import type { Iteration, Training } from "../../../models/iteration.ts";
import type { Dataset } from "../../../data/types.ts";
import { fakeSurroundings, SHORT, smallDataset, withFolder } from "../fixtures.ts";

const KNOWN: Iteration = {
  ...SHORT,
  title: "Known",
  training: { ...SHORT.training, epochs: 3 },
  criteria: { finalAccuracyFloor: 0.9921, shareReachingTarget: 0.5 },
  claim: { parameters: 7800, bestTestAccuracy: 0.999, epoch: 2 },
};

const TEST = {
  images: new Uint8Array(1000 * 784),
  labels: Uint8Array.from({ length: 1000 }, (_, index) => index % 10),
};
const DATASET: Dataset = { ...smallDataset(), test: TEST };

const TEST_ACCURACIES = [[0.995, 0.996, 0.992], [0.980, 0.993, 0.995], [0.970, 0.991, 0.989], [0.5]];
const TRAIN_ACCURACIES = [[0.90, 0.95, 0.972], [0.91, 0.96, 0.985], [0.92, 0.97, 0.979], [0.25]];
/** By seed: so many images of a label that are taken for another digit. */
const MISTAKES = [[{ label: 4, predicted: 9, count: 8 }], [{ label: 4, predicted: 9, count: 5 }], [
  { label: 4, predicted: 9, count: 5 },
  { label: 7, predicted: 2, count: 6 },
]];

/** Answers with the numbers above. */
class KnownEngine implements Engine {
  readonly name = "wasm";
  readonly version = 1;
  readonly device = { kind: "cpu", description: "a device", workers: 1 } as const;

  train(trials: readonly Trial[], { onEvent }: TrainOptions): Promise<void> {
    trials.forEach(({ iteration, seed }, trial) => {
      const graph = buildGraph(iteration.layers);
      const weights = (epoch: number) => {
        const values = initialTensors(graph, seed);
        values[0] = epoch;
        return namedTensors(graph, values);
      };
      TEST_ACCURACIES[seed].forEach((testAccuracy, index) => {
        const epoch = index + 1;
        const result: EpochResult = {
          epoch,
          learningRate: 0.5 ** epoch,
          trainLoss: 2 + seed / 4 - index,
          trainAccuracy: TRAIN_ACCURACIES[seed][index],
          validationLoss: null,
          validationAccuracy: null,
          testLoss: 1 + seed / 8 - index / 4,
          testAccuracy,
          weightsDigest: weightsDigest(weights(epoch)),
          trainSeconds: 2,
          testSeconds: 0.4,
        };
        onEvent({ kind: "epoch", trial, result });
      });
      if (seed === 3) return onEvent({ kind: "diverged", trial, epoch: 2 });
      const predictions = TEST.labels.slice();
      for (const { label, predicted, count } of MISTAKES[seed]) {
        for (let n = 0; n < count; n++) predictions[10 * n + label] = predicted;
      }
      onEvent({ kind: "completed", trial, predictions, tensors: weights(3) });
    });
    return Promise.resolve();
  }

  close(): void {}
}

/** Trains the run, and reads its page. */
function withKnownRun(
  test: (run: { readonly folder: string; readonly text: string; readonly page: string }) => void,
  training: Partial<Training> = {},
): Promise<void> {
  return withFolder(async (root) => {
    const iteration = { ...KNOWN, training: { ...KNOWN.training, ...training } };
    const folder = join(root, "run"), catalog = [iteration];
    const surroundings = fakeSurroundings({ engine: new KnownEngine(), catalog, dataset: DATASET });
    assert.equal(await bench(["--seeds", "0-3", "--out", folder], surroundings), 1, surroundings.err.text());
    const data: PageData = await readPageData(folder, readRows(folder), {
      catalog,
      loadTestImages: () => Promise.resolve({ test: TEST, digests: DATASET.digests }),
    });
    test({ folder, text: surroundings.out.text(), page: renderPage(data) });
  });
}

/** Rows of a CSV file by their columns' names. */
function readTable(folder: string, file: string): Record<string, string>[] {
  const [header, ...lines] = Deno.readTextFileSync(join(folder, file)).trimEnd().split("\n");
  return lines.map((line) => {
    const cells = line.split(",");
    return Object.fromEntries(header.split(",").map((name, column) => [name, cells[column]]));
  });
}

/** The rows of a Markdown table below a heading, cell by cell and by its columns' titles. */
function markdownRows(markdown: string, heading: string): Record<string, string>[] {
  const table = markdown.split(`## ${heading}\n\n`)[1].split("\n\n")[0].split("\n");
  const [titles, , ...rows] = table.map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()));
  return rows.map((row) => Object.fromEntries(titles.map((title, column) => [title, row[column]])));
}

/** What follows from binary fractions and functions: to twelve digits. */
function assertNear(text: string, expected: number, name: string): void {
  assert.ok(Math.abs(Number(text) / expected - 1) < 1e-12, `${name}: expected ${expected}, got ${text}`);
}

Deno.test("epochs.csv and timing.csv have every number in its own column", () =>
  withKnownRun(({ folder }) => {
    const epochs = readTable(folder, "epochs.csv").map(({ weightsDigest: _, ...row }) =>
      Object.values(row).join()
    );
    assert.deepEqual(epochs, [
      "1,0,1,2,0.9,,,1,0.995,0.5",
      "1,0,2,1,0.95,,,0.75,0.996,0.25",
      "1,0,3,0,0.972,,,0.5,0.992,0.125",
      "1,1,1,2.25,0.91,,,1.125,0.98,0.5",
      "1,1,2,1.25,0.96,,,0.875,0.993,0.25",
      "1,1,3,0.25,0.985,,,0.625,0.995,0.125",
      "1,2,1,2.5,0.92,,,1.25,0.97,0.5",
      "1,2,2,1.5,0.97,,,1,0.991,0.25",
      "1,2,3,0.5,0.979,,,0.75,0.989,0.125",
      "1,3,1,2.75,0.25,,,1.375,0.5,0.5",
    ]);
    assert.deepEqual(Object.keys(readTable(folder, "epochs.csv")[0]), [
      ...["iteration", "seed", "epoch", "trainLoss", "trainAccuracy", "validationLoss", "validationAccuracy"],
      ...["testLoss", "testAccuracy", "learningRate", "weightsDigest"],
    ]);
    // 5,000 images in 2 s.
    for (const { trainSeconds, testSeconds, trainImagesPerSecond } of readTable(folder, "timing.csv")) {
      assert.deepEqual([trainSeconds, testSeconds, trainImagesPerSecond], ["2", "0.4", "2500"]);
    }
  }));

Deno.test("timing.csv counts the images that were trained on", () =>
  withKnownRun(({ folder }) => {
    // 3,000 of 5,000 images, in whole batches of 128 2,944, in 2 s.
    assert.deepEqual([...new Set(readTable(folder, "timing.csv").map((row) => row.trainImagesPerSecond))], [
      "1472",
    ]);
  }, { validationCount: 2000, batchSize: 128, dropLast: true }));

Deno.test("trials.csv has final, best and the epochs of the best and of 99.4 % of each trial", () =>
  withKnownRun(({ folder }) => {
    assert.deepEqual(
      readTable(folder, "trials.csv").map((row) => Object.values(row).slice(0, 9).join()),
      [
        "1,0,completed,3,7850,0.992,0.996,2,1",
        "1,1,completed,3,7850,0.995,0.995,3,3",
        "1,2,completed,3,7850,0.989,0.991,2,",
        "1,3,diverged,1,,,,,",
      ],
    );
  }));

Deno.test("summary.csv has each statistic in its own column", () =>
  withKnownRun(({ folder }) => {
    const [row, ...others] = readTable(folder, "summary.csv");
    assert.equal(others.length, 0);
    const text = {
      iteration: "1",
      parameters: "7850",
      trials: "4",
      completed: "3",
      epochs: "3",
      finalTestAccuracyMin: "0.989",
      finalTestAccuracyMax: "0.995",
      bestTestAccuracyMin: "0.991",
      bestTestAccuracyMax: "0.996",
      bestEpochMedian: "2",
      reachedTarget: "2",
      epochToTargetMedian: "",
      epochToTargetMin: "1",
      epochToTargetMax: "3",
      claimedParameters: "7800",
      claimedBestTestAccuracy: "0.999",
      claimedEpoch: "2",
      criteria: "failed",
      challenge: "notMet",
      // not MNIST's images: nobody wrote them, and nobody doubts their labels
      standardErrorOfWriters: "",
      studentsAccuracy: "",
      employeesAccuracy: "",
      undoubtedAccuracy: "",
    };
    for (const [name, expected] of Object.entries(text)) assert.equal(row[name], expected, name);
    // Student's t of two degrees of freedom: at 97.5 % 4.3026527299; its tail above t is 1/2 − t/(2√(2 + t²))
    const deviation = 0.003, seeds = deviation / Math.sqrt(3), z = 1.959963984540054;
    const numbers = {
      finalTestAccuracyMean: 0.992,
      finalTestAccuracyDeviation: deviation,
      finalTestAccuracyMeanLow: 0.992 - 4.302652729911275 * seeds,
      finalTestAccuracyMeanHigh: 0.992 + 4.302652729911275 * seeds,
      standardErrorOfSeeds: seeds,
      standardErrorOfTestImages: Math.sqrt(0.992 * 0.008 / 1000),
      // 5 images wrong in all three trials, 3 in one and 6 in another: Σ k(3 − k)/(3·2) = 9·2/6
      expectedDeviation: Math.sqrt(3) / 1000,
      bestTestAccuracyMean: 0.994,
      // of 2, 1 and −3 thousandths
      bestTestAccuracyDeviation: Math.sqrt(7) / 1000,
      bestMinusFinalMean: 0.002,
      // −20, −10 and −10 thousandths
      trainMinusTestMean: -0.04 / 3,
      // t = −2/√3
      meanAboveTargetP: 0.5 + 1 / Math.sqrt(10),
      // Wilson's interval of a half: 1/2 ± z/(2√(n + z²))
      reachedTargetShareLow: 0.5 - z / (2 * Math.sqrt(4 + z * z)),
      reachedTargetShareHigh: 0.5 + z / (2 * Math.sqrt(4 + z * z)),
    };
    for (const [name, expected] of Object.entries(numbers)) assertNear(row[name], expected, name);
    assert.deepEqual(
      Object.keys(row).sort(),
      [...Object.keys(text), ...Object.keys(numbers), "claim"].sort(),
    );
  }));

Deno.test("SUMMARY.md has each number under its title", () =>
  withKnownRun(({ folder }) => {
    const markdown = Deno.readTextFileSync(join(folder, "SUMMARY.md"));
    const [summary] = markdownRows(markdown, "Summary");
    assert.deepEqual(summary, {
      Iteration: "1 Known",
      Parameters: "7,850",
      n: "3 of 4",
      "Final mean ± SD [%]": "99.20 ± 0.30",
      "95 % interval [%]": "98.45 to 99.95",
      "Best (optimistic) [%]": "99.40 ± 0.26",
      "At epoch": "2",
      "Epoch to 99.4 %": "never (2 of 4)",
      Claim: "7,800; 99.90 % at 2",
      Criteria: "failed: trials, final accuracy",
      Challenge: "not met: accuracy, trials",
      // 99.90 is within 99.40 ± 1.33: √(1.31² + 0.20²), 4.3027 · 0.2646 · √(1 + 1/3) and the noise of 1,000 images
      "Claim check": "impossible: parameters; accuracy consistent",
    });
    assert.deepEqual(markdownRows(markdown, "Spread and uncertainty"), [{
      Iteration: "1",
      n: "3 of 4",
      "Lowest [%]": "98.90",
      "Highest [%]": "99.50",
      "SD [points]": "0.300",
      "Expected SD [points]": "0.173",
      "SE of seeds [points]": "0.173",
      "SE of writers [points]": "n/a",
      "Best − final [points]": "+0.20",
      "Train − test [points]": "−1.33",
    }]);
    assert.deepEqual(markdownRows(markdown, "Reaching 99.4 %"), [{
      Iteration: "1",
      "p, mean above 99.4 %": "0.8162",
      "Trials reaching it": "2 of 4",
      "Share, 95 % [%]": "15.00 to 85.00",
      "Median epoch": "never",
      "Earliest to latest": "1 to 3",
      "Not reached": "2",
    }]);
    const trials = markdownRows(markdown, "Trials").map(({ "Weights SHA-256": _, ...row }) =>
      Object.values(row).join("; ")
    );
    assert.deepEqual(trials, [
      "1; 0; 3; 99.20; 99.60; 2; 1; completed",
      "1; 1; 3; 99.50; 99.50; 3; 3; completed",
      "1; 2; 3; 98.90; 99.10; 2; not reached; completed",
      "1; 3; 1; n/a; n/a; n/a; n/a; diverged: loss not finite in epoch 2",
    ]);
    assert.deepEqual(Object.keys(markdownRows(markdown, "Trials")[0]), [
      ...["Iteration", "Seed", "Epochs", "Final [%]", "Best (optimistic) [%]", "At epoch", "Epoch to 99.4 %"],
      ...["Weights SHA-256", "Status"],
    ]);
  }));

Deno.test("the page's card shows final large, its table best as such; its tables have labels in rows", () =>
  withKnownRun(({ page }) => {
    const card = page.match(/<article[^]*?<\/article>/)![0];
    assert.match(card, /<p class="big">99\.20 <small>± 0\.30 % final, n = 3 of 4<\/small><\/p>/);
    const facts = [...card.matchAll(/<dt>(.*?)<\/dt><dd>(.*?)<\/dd>/g)].map(([, name, value]) =>
      `${name}: ${value.replaceAll(/<.*?>/g, "")}`
    );
    assert.deepEqual(facts, [
      "parameters: 7,850",
      "epoch to 99.4 %: never (2 of 4)",
      "challenge: not met: accuracy, trials",
      "criteria: failed: trials, final accuracy",
      "claim: impossible: parameters; accuracy consistent",
    ]);
    const [best] = page.match(/<section id="summary"[^]*?<\/table>/)![0].match(/99\.40 ± 0\.26/g) ?? [];
    assert.equal(best, "99.40 ± 0.26");
    assert.match(page, /<article class="card under">/);
    const cells = (row: string) => [...row.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/g)].map(([, cell]) => cell);
    const digits = page.match(/<table class="digits">[^]*?<\/table>/)![0].match(/<tr><th scope="row">.*/)![0];
    assert.deepEqual(cells(digits), [
      "1 Known",
      ...["100.00", "100.00", "100.00", "100.00", "94.00", "100.00", "100.00", "98.00", "100.00", "100.00"],
    ]);
    const matrix = page.match(/<table class="matrix">[^]*?<\/table>/)![0];
    const rows = [...matrix.matchAll(/<tr><th scope="row">.*/g)].map(([row]) => cells(row));
    const expected = Array.from(
      { length: 10 },
      (_, label) => [
        String(label),
        ...Array.from({ length: 10 }, (_, predicted) => {
          if (label === 4) return predicted === 4 ? "94" : predicted === 9 ? "6.0" : "";
          if (label === 7) return predicted === 7 ? "98" : predicted === 2 ? "2.0" : "";
          return predicted === label ? "100" : "";
        }),
      ],
    );
    assert.deepEqual(rows, expected);
    // The strongest colour, 60 %, for the largest error; a third of it by square roots, 60 · √(1/3).
    const heat = (html: string) =>
      [...html.matchAll(/--heat:(\d+)%">(.*?)</g)].map(([, percent, cell]) => `${cell}: ${percent}`);
    assert.deepEqual(heat(digits), ["94.00: 60", "98.00: 35"]);
    assert.deepEqual(heat(matrix), ["6.0: 60", "2.0: 35"]);
    const timing = page.match(/Training and evaluation time<\/caption>[^]*?<\/table>/)![0];
    // Ten epochs of 2 s and 0.4 s in four trials.
    assert.deepEqual(cells(timing.match(/<tbody[^]*/)![0]), ["1", "4", "2,500", "5.0", "1.0"]);
  }));

Deno.test("confusion.csv counts label before prediction", () =>
  withKnownRun(({ folder }) => {
    const wrong = readTable(folder, "confusion.csv").filter(({ label, predicted }) => label !== predicted);
    assert.deepEqual(wrong.map((row) => Object.values(row).join()), [
      "1,0,4,9,8",
      "1,1,4,9,5",
      "1,2,4,9,5",
      "1,2,7,2,6",
    ]);
  }));

Deno.test("the terminal's line for an iteration has final and spread of the trials that completed, never the best", () =>
  withKnownRun(({ text }) => {
    assert.match(
      text,
      /iteration 1 {2}7,850 parameters {2}final 99\.20 ± 0\.30 % \(n = 3 of 4\) {2}99\.4 % never \(2 of 4\)/,
    );
    assert.doesNotMatch(text, /final 99\.40/);
  }));

Deno.test("the terminal's tables have each number under its title", () =>
  withKnownRun(({ text }) => {
    const lines = text.split("\n"), cells = (line: string) => line.trim().split(/ {2,}/);
    const table = (title: string) => {
      const at = lines.findIndex((line) => line.startsWith("Iteration ") && line.includes(title));
      const row = cells(lines[at + 1]);
      return Object.fromEntries(cells(lines[at]).map((name, column) => [name, row[column]]));
    };
    assert.deepEqual(table("Parameters"), {
      Iteration: "1",
      Parameters: "7,850",
      n: "3 of 4",
      "Final [%]": "99.20 ± 0.30",
      "95 % interval [%]": "98.45 to 99.95",
      "Best (optimistic) [%]": "99.40 ± 0.26",
      "Epoch to 99.4 %": "never (2 of 4)",
    });
    assert.deepEqual(table("Training [s]"), {
      Iteration: "1",
      n: "4",
      "Training [images/s]": "2,500",
      "Training [s]": "5.0",
      "Evaluation [s]": "1.0",
    });
  }));

Deno.test("bench --json has final and best apart, unrounded", () =>
  withFolder(async (root) => {
    const surroundings = fakeSurroundings({ engine: new KnownEngine(), catalog: [KNOWN], dataset: DATASET });
    await bench(["--seeds", "0-3", "--json", "--out", join(root, "run")], surroundings);
    const { iterations: [iteration] } = JSON.parse(surroundings.out.text());
    const rounded = (values: Record<string, number>) =>
      Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number(value.toFixed(12))]));
    assert.deepEqual(rounded(iteration.finalTestAccuracy), {
      n: 3,
      mean: 0.992,
      deviation: 0.003,
      min: 0.989,
      max: 0.995,
    });
    assert.deepEqual(rounded(iteration.bestTestAccuracy), {
      n: 3,
      mean: 0.994,
      deviation: Number((Math.sqrt(7) / 1000).toFixed(12)),
      min: 0.991,
      max: 0.996,
    });
    assert.deepEqual(
      rounded({ ...iteration.bestMinusFinal, ...{ deviation: 0, min: 0, max: 0 } }).mean,
      0.002,
    );
    assert.equal(Number(iteration.trainMinusTest.mean.toFixed(12)), Number((-0.04 / 3).toFixed(12)));
    assert.deepEqual(
      [iteration.parameters, iteration.epochs, iteration.bestEpochMedian, iteration.reachedTarget],
      [7850, 3, 2, 2],
    );
    assert.deepEqual(iteration.epochToTargetRange, { low: 1, high: 3 });
  }));
