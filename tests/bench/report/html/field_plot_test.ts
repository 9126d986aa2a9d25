/**
 * @file The field's plot, read as a person reads it: what is drawn, where, and by what name.
 */
import assert from "node:assert/strict";
import { judgeField } from "../../../../bench/field/judge_field.ts";
import { fieldPlots } from "../../../../bench/report/html/field_plot.ts";
import { configHash } from "../../../../bench/run/manifest.ts";
import { summarizeIteration } from "../../../../bench/run/summary.ts";
import type { Iteration } from "../../../../models/iteration.ts";
import { SHORT } from "../../fixtures.ts";
import { recordOf } from "../../judge/claims/record.ts";

/** A network of so many parameters that three trials bring to about `mean`. */
function made(id: number, parameters: number, mean: number, bestTestAccuracy?: number) {
  const iteration: Iteration = {
    ...SHORT,
    id,
    title: `Network ${id}`,
    parameters,
    training: { ...SHORT.training, epochs: 1 },
    claim: bestTestAccuracy === undefined ? undefined : { bestTestAccuracy },
    criteria: undefined,
  };
  return { iteration, curves: [-0.0005, 0, 0.0005].map((shift) => ({ test: [mean + shift] })) };
}

function summaryOf(trials: ReturnType<typeof made>) {
  return summarizeIteration(trials.iteration, recordOf([trials]));
}

/** Two entries of which the larger is no better, one below 98 %; iteration 5; a record between. */
function drawn(): string {
  const entries = [made(101, 9_000, 0.994, 0.996), made(102, 10_000, 0.993), made(103, 820, 0.95)];
  const catalog = entries.map(({ iteration }) => iteration);
  const record = recordOf(entries, {
    manifest: {
      iterations: catalog.map((iteration) => ({ ...iteration, configHash: configHash(iteration) })),
    },
  });
  const plots = fieldPlots(judgeField([record], catalog), {
    iterations: [summaryOf(made(5, 19_798, 0.9952))],
    records: [{ name: "under_3000", summary: summaryOf(made(8, 2_824, 0.9935)) }],
  });
  assert.deepEqual([...plots.keys()], ["accuracy-parameters-light.svg", "accuracy-parameters-dark.svg"]);
  return plots.get("accuracy-parameters-light.svg")!;
}

const svg = drawn();

/** Where a name stands, in pixels from the left. */
function placeOf(name: string): number {
  const match = svg.match(new RegExp(`translate\\(([\\d.]+),[\\d.]+\\)"[^>]*>\\s*${name}\\s*</text>`));
  assert.ok(match !== null, `${name} is shown`);
  return Number(match[1]);
}

Deno.test("the field's plot names the iterations, the records and who is best for its size, and no other", () => {
  ["101", "5", "under_3000"].forEach(placeOf);
  assert.doesNotMatch(svg, />\s*102\s*</);
  assert.match(svg, /★ records, by their names/);
  assert.doesNotMatch(svg, /NaN|undefined|var\(/);
});

Deno.test("the field's plot has a logarithmic axis from 600 to 30,000 parameters", () => {
  const [from, to] = [placeOf("600"), placeOf("30,000")];
  const read = (pixel: number) => 600 * Math.pow(50, (pixel - from) / (to - from));
  for (
    const [name, parameters] of [
      ["8,000", 8_000],
      ["101", 9_000],
      ["5", 19_798],
      ["under_3000", 2_824],
    ] as const
  ) {
    // places are rounded to a hundredth of a pixel
    assert.ok(Math.abs(read(placeOf(name)) / parameters - 1) < 1e-3, `${name} at ${read(placeOf(name))}`);
  }
});

Deno.test("the field's plot says what lies below 98 % and is not shown", () => {
  assert.match(svg, /not shown: 1 network below 98 %:/);
  assert.match(svg, />Network 103, 820 parameters, 95\.00 %</);
  assert.doesNotMatch(svg, />\s*103\s*</);
});
