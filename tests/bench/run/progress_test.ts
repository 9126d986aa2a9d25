import assert from "node:assert/strict";
import { showDownload } from "../../../bench/run/download_display.ts";
import { Progress } from "../../../bench/run/progress.ts";
import { renderProgress, showProgress } from "../../../bench/run/progress_display.ts";
import type { EpochResult, Trial } from "../../../engine/engine.ts";
import { LONG, recordOutput } from "../fixtures.ts";

const IMAGES = 1000;
const trial = (seed: number): Trial => ({ iteration: LONG, seed, epochs: 4 });
const PLAIN = { columns: 100, rows: 30, color: false };

function result(epoch: number): EpochResult {
  return {
    epoch,
    learningRate: 0.01,
    trainLoss: 0.1,
    trainAccuracy: 0.97,
    validationLoss: null,
    validationAccuracy: null,
    testLoss: 0.05,
    testAccuracy: 0.98125,
    weightsDigest: "",
    trainSeconds: 2,
    testSeconds: 8,
  };
}

Deno.test("Progress tells rate without evaluation, and time left with it", () => {
  const progress = new Progress([trial(0), trial(1)], IMAGES);
  progress.apply({ kind: "progress", trial: 0, epoch: 1, images: 0 }, 1000);
  progress.apply({ kind: "progress", trial: 0, epoch: 1, images: 500 }, 2000);
  let [first] = progress.running(2000);
  assert.deepEqual([first.epoch, first.fraction, first.imagesPerSecond, first.secondsLeft], [
    1,
    1 / 8,
    500,
    7,
  ]);
  assert.deepEqual(progress.overall(2000), {
    ended: 0,
    trials: 2,
    fraction: 1 / 16,
    secondsElapsed: 1,
    secondsLeft: 15,
  });

  progress.apply({ kind: "epoch", trial: 0, result: result(1) }, 11_000);
  [first] = progress.running(11_000);
  // 1,000 images in 2 s of training; a quarter took 10 s with evaluation.
  assert.deepEqual([first.epoch, first.imagesPerSecond, first.secondsLeft, first.accuracy], [
    2,
    500,
    30,
    0.98125,
  ]);
  progress.apply({ kind: "diverged", trial: 0, epoch: 2 }, 12_000);
  assert.deepEqual(progress.running(12_000), []);
  // What the diverged trial left undone is no work any more: a quarter of one trial done, one whole to go.
  const overall = progress.overall(12_000);
  assert.deepEqual([overall.ended, overall.fraction], [1, 0.2]);
});

Deno.test("Progress counts the images that a recipe trains on: 600 of 1,000 and batches of 64 are 576", () => {
  const training = { ...LONG.training, validationCount: 400, batchSize: 64, dropLast: true };
  const part: Trial = { ...trial(0), iteration: { ...LONG, training } };
  const progress = new Progress([part, trial(1)], IMAGES);
  progress.apply({ kind: "progress", trial: 0, epoch: 1, images: 288 }, 1000);
  const [{ fraction }] = progress.running(4000);
  assert.equal(fraction, 1 / 8);
  // of 4 · 576 and 4 · 1,000 images through one network
  assert.ok(Math.abs(progress.overall(4000).fraction - 288 / (4 * 1576)) < 1e-12);
  progress.apply({ kind: "epoch", trial: 0, result: result(1) }, 5000);
  assert.equal(progress.running(5000)[0].imagesPerSecond, 288);
});

Deno.test("Progress never goes back, whatever order an engine reports in", () => {
  const progress = new Progress([trial(0)], IMAGES);
  const report = (epoch: number, images: number, ms: number) => {
    progress.apply({ kind: "progress", trial: 0, epoch, images }, ms);
    return progress.running(ms)[0];
  };
  report(1, 0, 0);
  report(1, 900, 1000);
  // the epoch's number was read before its end, its images after that
  const late = report(1, 0, 2000);
  assert.deepEqual([late.imagesPerSecond, late.fraction], [900, 0.9 / 4]);
  progress.apply({ kind: "epoch", trial: 0, result: result(1) }, 2100);
  report(2, 100, 2200);
  assert.equal(report(1, 1000, 2300).epoch, 2);
  for (let ms = 2400; ms < 9000; ms += 100) {
    const { imagesPerSecond = 0 } = report(2, (ms * 7) % 1000, ms);
    assert.ok(imagesPerSecond >= 0, `${imagesPerSecond} images/s at ${ms} ms`);
  }
});

Deno.test("Progress tells no time left before it can know", () => {
  const progress = new Progress([trial(0)], 60_000);
  progress.apply({ kind: "progress", trial: 0, epoch: 1, images: 0 }, 0);
  // the first batch took as long as compiling its kernels did: at that pace it would be hours
  progress.apply({ kind: "progress", trial: 0, epoch: 1, images: 8 }, 1000);
  assert.equal(progress.running(1000)[0].secondsLeft, undefined);
  assert.equal(progress.overall(1000).secondsLeft, undefined);
  progress.apply({ kind: "progress", trial: 0, epoch: 1, images: 6000 }, 4000);
  assert.equal(progress.overall(4000).secondsLeft, 4 * 39);
});

Deno.test("renderProgress() shows a line per trial, then the whole run", () => {
  const progress = new Progress([trial(0), trial(1), trial(2)], IMAGES);
  progress.apply({ kind: "progress", trial: 1, epoch: 1, images: 0 }, 0);
  progress.apply({ kind: "epoch", trial: 0, result: result(1) }, 60_000);
  progress.apply({ kind: "progress", trial: 0, epoch: 2, images: 500 }, 90_000);
  assert.deepEqual(renderProgress(progress.running(90_000), progress.overall(90_000), PLAIN), [
    "iteration 2  seed 0  epoch 2/4  ━━━━━━━━─────────────   98.13 %     500 images/s  0:50 left",
    "iteration 2  seed 1  epoch 1/4  ─────────────────────     --  %      -- images/s  --:-- left",
    "0 of 3 trials  ━━━──────────────────  12 %  1:30 elapsed  10:30 left",
  ]);
});

Deno.test("renderProgress() never makes a line that a narrow terminal would wrap, nor more lines than fit", () => {
  const progress = new Progress(Array.from({ length: 40 }, (_, seed) => trial(seed)), IMAGES);
  for (let index = 0; index < 40; index++) {
    progress.apply({ kind: "progress", trial: index, epoch: 1, images: 10 }, index);
  }
  for (const columns of [10, 40, 80, 200]) {
    const lines = renderProgress(progress.running(99), progress.overall(99), {
      columns,
      rows: 12,
      color: false,
    });
    assert.ok(lines.every((line) => [...line].length < columns));
    assert.equal(lines.length, 9);
    assert.equal(lines[7], "and 33 more".slice(0, columns - 1));
  }
});

Deno.test("showProgress() on a terminal redraws in place and leaves only what is printed", () => {
  const output = recordOutput(true);
  const trials = [trial(0)];
  const progress = new Progress(trials, IMAGES);
  let now = 0;
  const display = showProgress(progress, trials, { output, now: () => now });
  for (const images of [100, 200, 300]) {
    const event = { kind: "progress", trial: 0, epoch: 1, images } as const;
    now += 200;
    progress.apply(event, now);
    display.update(event);
  }
  display.print(output, "kept\n");
  display.stop();
  display.stop();
  assert.equal(screen(output.text()), "kept\n");
  assert.ok(output.text().startsWith("\x1b[?25l") && output.text().endsWith("\x1b[?25h"));
});

const ESCAPE = "\x1b";

/** What a terminal shows after such text: cursor up, erase to the end of line, erase below. */
function screen(text: string): string {
  const parts = text.match(new RegExp(`${ESCAPE}\\[\\??\\d*[A-Za-z]|\\r|\\n|[^${ESCAPE}\\r\\n]+`, "g")) ?? [];
  let lines = [""], row = 0;
  for (const part of parts) {
    if (part.startsWith(ESCAPE) && part.endsWith("A")) row -= Number(part.slice(2, -1));
    else if (part === `${ESCAPE}[J`) lines = [...lines.slice(0, row), ""];
    else if (part === "\n") lines[++row] ??= "";
    else if (!part.startsWith(ESCAPE) && part !== "\r") lines[row] = part;
  }
  return lines.join("\n");
}

Deno.test("showProgress() elsewhere writes a line per epoch", () => {
  const output = recordOutput();
  const trials = [trial(7)];
  const progress = new Progress(trials, IMAGES);
  const display = showProgress(progress, trials, { output, now: () => 30_000 });
  for (
    const event of [
      { kind: "progress", trial: 0, epoch: 1, images: 1000 },
      { kind: "epoch", trial: 0, result: result(1) },
    ] as const
  ) {
    progress.apply(event, event.kind === "progress" ? 0 : 30_000);
    display.update(event);
  }
  display.stop();
  assert.equal(
    output.text(),
    "iteration 2  seed 7  epoch 1/4  train 97.00 %  test 98.13 %     500 images/s  " +
      "0 of 1 trials, 25 %, 1:30 left\n",
  );
});

Deno.test("showDownload() draws a bar on a terminal and a line per file elsewhere", () => {
  const terminal = recordOutput(true), plain = recordOutput();
  for (const output of [terminal, plain]) {
    const { onProgress, stop } = showDownload(output, () => 0);
    onProgress("a.gz", 0, 2_000_000);
    onProgress("a.gz", 1_000_000, 2_000_000);
    onProgress("a.gz", 2_000_000, 2_000_000);
    onProgress("b.gz", 10, undefined);
    stop();
  }
  assert.equal(plain.text(), "downloading a.gz\ndownloading b.gz\n");
  assert.match(terminal.text(), /downloading a\.gz {2}━{24} {2}100 % {2}2\.0 MB/);
  assert.ok(terminal.text().endsWith("\r\x1b[K"));
});
