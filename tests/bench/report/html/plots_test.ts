/**
 * @file Plots read as a person reads them: each mark's place against the numbers at its axis.
 */
import assert from "node:assert/strict";
import {
  accuracyByParameters,
  epochToTarget,
  learningCurves,
  type PlottedIteration,
  plottedIterations,
  seedSpread,
} from "../../../../bench/report/html/plots.ts";
import { makeReport } from "../../../../bench/report/report.ts";
import type { Iteration } from "../../../../models/iteration.ts";
import { type Curve, recordOf } from "../../judge/claims/record.ts";
import { SHORT } from "../../fixtures.ts";

const KNOWN: Iteration = {
  ...SHORT,
  training: { ...SHORT.training, epochs: 3 },
  claim: { parameters: 12_000, bestTestAccuracy: 0.999, epoch: 2 },
};

/** Final 99.2, 99.5 and 98.9 %; best 99.6, 99.5 and 99.1 %; at 99.4 % in epochs 2, 3 and never. */
const CURVES: readonly Curve[] = [
  { test: [0.990, 0.996, 0.992], train: [0.90, 0.95, 0.972] },
  { test: [0.980, 0.993, 0.995], train: [0.91, 0.96, 0.985] },
  { test: [0.970, 0.991, 0.989], train: [0.92, 0.97, 0.979] },
];

function plotted(curves: readonly Curve[] = CURVES): PlottedIteration[] {
  const record = recordOf([{ iteration: KNOWN, curves }]);
  return plottedIterations(makeReport(record, [KNOWN]), record);
}

/** Places are rounded to a hundredth of a pixel: a few thousandths of what is read there. */
const READING = 3e-3;

type Read = (pixel: number) => number;

interface Tick {
  readonly x: number;
  readonly y: number;
  readonly text: string;
}

/** The numbers at an axis with their places; labels in words are none. */
function ticksOf(svg: string): Tick[] {
  return [...svg.matchAll(/<text transform="translate\(([\d.]+),([\d.]+)\)"[^>]*>([\d.,]+)<\/text>/g)].map(
    ([, x, y, text]) => ({ x: Number(x), y: Number(y), text: text.replace(",", "") }),
  );
}

/** Reads along an axis, between its first and last tick, by `scale` of the numbers. */
function axis(ticks: readonly Tick[], along: "x" | "y", scale: (value: number) => number): Read {
  const [first, last] = [ticks[0], ticks[ticks.length - 1]];
  const [from, to] = [first, last].map(({ text }) => scale(Number(text)));
  return (pixel) => from + (pixel - first[along]) / (last[along] - first[along]) * (to - from);
}

/** Accuracy [%] along an axis that is logarithmic in the error. */
function accuracyAxis(svg: string, along: "x" | "y"): Read {
  // no epoch and no parameter count lies there
  const own = ticksOf(svg).filter(({ text }) => Number(text) > 50 && Number(text) < 100);
  const read = axis(own, along, (accuracy) => Math.log(100 - accuracy));
  return (pixel) => 100 - Math.exp(read(pixel));
}

/** What is drawn in groups with these attributes. */
function marks(svg: string, ...attributes: readonly string[]): string {
  return [...svg.matchAll(/<g ([^>]*)>((?:(?!<\/?g)[^])*)<\/g>/g)]
    .filter(([, own]) => attributes.every((attribute) => own.includes(attribute)))
    .map(([, , content]) => content).join("\n");
}

const points = (path: string): number[][] =>
  [...path.matchAll(/[ML]([\d.]+),([\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)]);
const paths = (content: string): string[] => [...content.matchAll(/ d="([^"]*)"/g)].map(([, path]) => path);
const values = (content: string, attribute: string): number[] =>
  [...content.matchAll(new RegExp(` ${attribute}="([\\d.]+)"`, "g"))].map(([, value]) => Number(value));

function assertReads(got: readonly number[], expected: readonly number[], what: string): void {
  assert.equal(got.length, expected.length, `${what}: ${got}`);
  got.forEach((value, at) =>
    assert.ok(
      Math.abs(value - expected[at]) <= READING * Math.max(1, Math.abs(expected[at]) / 100),
      `${what} ${at}: expected ${expected[at]}, got ${value}`,
    )
  );
}

Deno.test("learningCurves() draws every trial, the median, the range and the training median where they belong", () => {
  const [{ svg }] = learningCurves(plotted()), read = accuracyAxis(svg, "y");
  const curve = (path: string) => points(path).map(([, y]) => read(y));
  const trials = paths(marks(svg, 'stroke-width="0.9"')).map(curve);
  CURVES.forEach(({ test }, seed) =>
    assertReads(trials[seed], test.map((each) => 100 * each!), `seed ${seed}`)
  );
  const [median] = paths(marks(svg, 'stroke-width="2.4"')).map(curve);
  assertReads(median, [98, 99.3, 99.2], "median");
  const [train] = paths(marks(svg, 'stroke-dasharray="2 3"')).map(curve);
  assertReads(train, [91, 96, 97.9], "training");
  const [range] = paths(marks(svg, 'fill-opacity="0.16"')).map(curve);
  // there and back
  assertReads(
    range.slice(0, 3).map((each, at) => Math.max(each, range[5 - at])),
    [99, 99.6, 99.5],
    "highest",
  );
  assertReads(range.slice(0, 3).map((each, at) => Math.min(each, range[5 - at])), [97, 99.1, 98.9], "lowest");
  assertReads(values(marks(svg, "var(--target)"), "y1").map(read), [99.4], "target");
  const epochs = points(paths(marks(svg, 'stroke-width="2.4"'))[0]).map(([x]) => x);
  assert.ok(Math.abs(epochs[1] - (epochs[0] + epochs[2]) / 2) < 0.01, `epochs at ${epochs}`);
  assert.match(svg, /Test accuracy after epoch 1: 97\.00 to 99\.00 %; after epoch 3: 98\.90 to 99\.50 %\./);
});

Deno.test("learningCurves() ends a trial that did not complete with a cross at its last epoch", () => {
  const record = recordOf([{ iteration: KNOWN, curves: [...CURVES, { test: [0.95, 0.98] }] }]);
  const trials = record.trials.map((trial) => trial.seed === 3 ? { ...trial, status: "diverged" } : trial);
  const lost = { ...record, trials };
  const [{ svg }] = learningCurves(plottedIterations(makeReport(lost, [KNOWN]), lost));
  const [, x, y] = marks(svg, 'stroke="var(--bad)"').match(/translate\(([\d.]+),([\d.]+)\)/)!.map(Number);
  assertReads([accuracyAxis(svg, "y")(y)], [98], "cross");
  const [, second] = points(paths(marks(svg, 'stroke-width="2.4"'))[0]);
  assert.equal(x, second[0]);
});

Deno.test("seedSpread() draws final accuracies filled, best ones hollow, and the mean as a line", () => {
  const { svg } = seedSpread(plotted(), 760), read = accuracyAxis(svg, "x");
  assertReads(
    values(marks(svg, 'fill="var(--under)"', "stroke="), "cx").map(read),
    [99.2, 99.5, 98.9],
    "final",
  );
  assertReads(values(marks(svg, 'fill="none"'), "cx").map(read), [99.6, 99.5, 99.1], "best");
  assertReads(values(marks(svg, 'stroke-width="2.5"'), "x1").map(read), [99.2], "mean");
  assert.match(svg, /mean 99\.20 %, 98\.90 to 99\.50 % over 3\./);
});

Deno.test("seedSpread() draws the interval of the mean as a box", () => {
  // 99.20 ± 4.3027 · 0.02/√3
  const finals = [0.9920, 0.9922, 0.9918];
  const { svg } = seedSpread(plotted(finals.map((final) => ({ test: [0.996, 0.990, final] }))), 760);
  const read = accuracyAxis(svg, "x"), box = marks(svg, 'fill-opacity="0.2"');
  const [left] = values(box, "x"), [width] = values(box, "width");
  assertReads([read(left), read(left + width)], [99.1503, 99.2497], "interval");
});

Deno.test("epochToTarget() draws the first epoch at 99.4 %, the median, and a cross for never", () => {
  // one more than half reach it, so that there is a median
  const { svg } = epochToTarget(plotted([...CURVES, { test: [0.995, 0.99, 0.99] }]), 760);
  const [first] = ticksOf(svg),
    [never] = svg.match(/translate\(([\d.]+),[\d.]+\)"[^>]*>not reached/)!.slice(1);
  // three epochs, and "not reached" two and a half behind them
  const read = axis([first, { ...first, x: Number(never), text: "5.5" }], "x", (epoch) => epoch);
  assertReads(values(marks(svg, 'fill="var(--under)"'), "cx").map(read).sort(), [1, 2, 3], "epochs");
  assertReads(values(marks(svg, 'stroke-width="2.5"'), "x1").map(read), [2.5], "median");
  const crosses = [...marks(svg, 'stroke-width="1.5"').matchAll(/translate\(([\d.]+),/g)].map(([, x]) => x);
  assert.deepEqual(crosses, [never]);
  assert.match(svg, /reached in 3 of 4 trials, median epoch 2\.5\./);
});

Deno.test("what nobody looked at is drawn in no plot, and the last epoch at its place", () => {
  const once = plotted(CURVES.map((curve) => ({ ...curve, test: [undefined, undefined, curve.test[2]] })));
  const [{ svg: curve }] = learningCurves(once);
  assert.match(curve, /Test accuracy after epoch 3: 98\.90 to 99\.50 %\./);
  const dots = marks(curve, 'fill="var(--under)"');
  assertReads(values(dots, "cy").map(accuracyAxis(curve, "y")), [99.2, 99.5, 98.9], "trials");
  const [, second, third] = points(paths(marks(curve, 'stroke-dasharray="2 3"'))[0]).map(([x]) => x);
  assert.deepEqual([...new Set(values(dots, "cx"))], [third]);
  assert.ok(second < third);

  const { svg: spread } = seedSpread(once, 760);
  assert.deepEqual(values(marks(spread, 'fill="none"'), "cx"), []);
  const { svg: target } = epochToTarget(once, 760);
  assert.match(target, />not known: the test set was not looked at in every epoch</);
  assert.match(target, /1 Short: not known, the test set was not looked at in every epoch\./);
  assert.deepEqual(values(marks(target, 'fill="var(--under)"'), "cx"), []);
});

Deno.test("accuracyByParameters() draws mean and range at the parameters that were counted, the claim as a square", () => {
  const { svg } = accuracyByParameters(plotted(), 760), read = accuracyAxis(svg, "y");
  const below = ticksOf(svg).filter(({ text }) => Number(text) === 0 || Number(text) >= 5000);
  const parameters = axis(below, "x", (count) => count);
  const mean = marks(svg, 'stroke="var(--background)"');
  assertReads(values(mean, "cy").map(read), [99.2], "mean");
  const range = marks(svg, 'stroke-opacity="0.45"');
  assertReads(
    [...values(range, "y1"), ...values(range, "y2")].map(read).sort((a, b) => a - b),
    [98.9, 99.5],
    "range",
  );
  const [, x, y] = marks(svg, 'stroke-width="1.4"').match(/translate\(([\d.]+),([\d.]+)\)/)!.map(Number);
  assertReads([read(y)], [99.9], "claim");
  for (const [pixel, count] of [[x, 12_000], [values(mean, "cx")[0], 7850]]) {
    assert.ok(
      Math.abs(parameters(pixel) - count) < 1,
      `expected ${count} parameters, got ${parameters(pixel)}`,
    );
  }
  const challenge = marks(svg, 'fill-opacity="0.13"');
  const [left] = values(challenge, "x"), [width] = values(challenge, "width");
  assert.ok(Math.abs(parameters(left + width) - 20_000) < 1);
  const [top] = values(challenge, "y"), [height] = values(challenge, "height");
  assertReads([read(top + height)], [99.4], "the challenge's lower edge");
});
