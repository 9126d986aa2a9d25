import assert from "node:assert/strict";
import { bestForSize, judgeField } from "../../../bench/field/judge_field.ts";
import { overviewOf } from "../../../bench/field/overview.ts";
import { configHash } from "../../../bench/run/manifest.ts";
import type { RunRecord } from "../../../bench/run/run_record.ts";
import { fieldMarkdown, fieldTable, fieldText } from "../../../bench/report/field.ts";
import { overviewSentences } from "../../../bench/report/field_findings.ts";
import type { Claim, Iteration } from "../../../models/iteration.ts";
import { SHORT } from "../fixtures.ts";

/** An entry with its claim and, for each seed, its final and its best accuracy, which nobody may know. */
interface Made {
  readonly id: number;
  readonly parameters: number;
  readonly claim: Claim;
  readonly trials: readonly (readonly [final: number, best?: number])[];
  readonly unusedSchedule?: NonNullable<Iteration["source"]>["unusedSchedule"];
}

function entryOf({ id, parameters, claim, unusedSchedule }: Made): Iteration {
  return {
    ...SHORT,
    id,
    title: `Entry ${id}`,
    parameters,
    criteria: undefined,
    claim,
    source: { repository: `someone/net${id}`, file: "net.py", unusedSchedule },
  };
}

function recordOf(made: readonly Made[]): { record: RunRecord; catalog: Iteration[] } {
  const catalog = made.map(entryOf);
  const trials = made.flatMap(({ id, parameters, trials }) =>
    trials.map(([finalTestAccuracy, bestTestAccuracy], seed) => ({
      iteration: id,
      seed,
      status: "completed",
      epochs: 2,
      parameters,
      finalTestAccuracy,
      course: bestTestAccuracy === undefined
        ? undefined
        : { bestTestAccuracy, bestEpoch: 1, epochToTarget: "never" as const },
      weightsDigest: undefined,
      predictionsDigest: undefined,
      note: undefined,
    }))
  );
  return {
    catalog,
    record: {
      manifest: {
        schema: 2,
        dataset: { name: "mnist", digests: {}, trainImages: 60_000, testImages: 10_000 },
        engine: { name: "wasm", version: 1 },
        quick: false,
        epochs: null,
        iterations: catalog.map((iteration) => ({ ...iteration, configHash: configHash(iteration) })),
        seeds: [0, 1, 2],
        invocations: [],
      },
      epochs: [],
      trials,
      timing: [],
    },
  };
}

/** Best is 0.1 points above final in every trial; the published best 0.2 points above that, in three of four. */
const MADE: readonly Made[] = [
  {
    id: 101,
    parameters: 5000,
    claim: { bestTestAccuracy: 0.995, finalTestAccuracy: 0.992 },
    trials: [[0.991, 0.992], [0.992, 0.993], [0.993, 0.994]],
  },
  {
    id: 102,
    parameters: 8000,
    claim: { bestTestAccuracy: 0.995 },
    trials: [[0.991, 0.992], [0.992, 0.993], [0.993, 0.994]],
  },
  {
    id: 103,
    parameters: 9000,
    claim: { bestTestAccuracy: 0.994, finalTestAccuracy: 0.9999 },
    trials: [[0.995, 0.996], [0.995, 0.996], [0.995, 0.996]],
    unusedSchedule: { kind: "step", epochs: 10, factor: 0.1 },
  },
  {
    id: 104,
    parameters: 4000,
    claim: { bestTestAccuracy: 0.99, comparable: false, note: "its test set is another" },
    trials: [[0.98, 0.981], [0.982, 0.983]],
  },
  { id: 105, parameters: 7000, claim: { bestTestAccuracy: 0.994 }, trials: [[0.9905, 0.9915]] },
];

Deno.test("judgeField() holds best against best and final against final, by where a new trial would lie", () => {
  const { record, catalog } = recordOf(MADE);
  const judged = new Map(judgeField([record], catalog).entries.map((entry) => [entry.iteration.id, entry]));
  // best 99.30 ± 0.10 of three: ± √((4.303 · 0.1 · √(4/3))² + (1.96 · 0.077)²) = ± 0.52 points
  assert.deepEqual(judged.get(101)!.best!.numbers!.mean.toFixed(4), "0.9930");
  const { low, high } = judged.get(101)!.best!.numbers!.interval!;
  assert.deepEqual([low.toFixed(4), high.toFixed(4)], ["0.9878", "0.9982"]);
  assert.equal(judged.get(101)!.best!.verdict, "consistent");
  assert.equal(judged.get(101)!.final!.verdict, "consistent");
  assert.equal(judged.get(102)!.final, undefined);
  assert.equal(judged.get(103)!.best!.verdict, "below");
  assert.equal(judged.get(103)!.final!.verdict, "above");
  assert.equal(judged.get(104)!.notJudged, "its test set is another");
  assert.equal(judged.get(104)!.best, undefined);
  assert.equal(judged.get(105)!.best!.verdict, "notJudged");
});

Deno.test("judgeField() ranks by size and accuracy: none of the first is beaten in both", () => {
  const { record, catalog } = recordOf(MADE);
  const { entries } = judgeField([record], catalog);
  const ranks = Object.fromEntries(entries.map(({ iteration: { id }, rank }) => [id, rank]));
  assert.deepEqual(ranks, { 101: 0, 102: 1, 103: 0, 104: 0, 105: 1 });
  assert.deepEqual(bestForSize(entries, 3).map(({ iteration: { id } }) => id), [104, 101, 103]);
  assert.deepEqual(bestForSize(entries, 4).map(({ iteration: { id } }) => id), [104, 101, 102, 103]);
});

Deno.test("overviewOf() takes published gains apart into the choice of the epoch and the rest", () => {
  const { record, catalog } = recordOf(MADE);
  const overview = overviewOf(judgeField([record], catalog).entries);
  assert.deepEqual([overview.entries, overview.judged, overview.above, overview.below], [5, 3, 2, 1]);
  const close = (value: number, wanted: number) =>
    assert.ok(Math.abs(value - wanted) < 1e-9, `${value}, ${wanted}`);
  close(overview.epochChoice!.mean, 0.001);
  close(overview.runChoice!.mean, (0.002 + 0.002 - 0.002) / 3);
  close(overview.total!.mean, overview.epochChoice!.mean + overview.runChoice!.mean);
  // two of three, or more uneven: 1
  close(overview.signP, 1);
  // 105 has one trial, which judges nothing
  assert.deepEqual([overview.publishedTarget, overview.confirmedTarget, overview.measuredTarget], [3, 1, 1]);
  assert.equal(overview.onlyBestTarget, 0);
  assert.deepEqual([overview.best, overview.final], [
    { consistent: 2, above: 0, below: 1 },
    { consistent: 1, above: 1, below: 0 },
  ]);
  // deviations 0.001, 0.001, 0, and of two trials 0.002 / √2
  close(overview.spread!, 0.001);
  // 101 and 102 published the same; 103 less, and measured more than both
  assert.deepEqual([overview.pairs, overview.pairsInOrder], [2, 0]);
  assert.deepEqual(overview.unusedSchedules.map(({ iteration }) => iteration.id), [103]);
});

Deno.test("judgeField() holds the training accuracy that was logged last against that of the last epoch", () => {
  const [first, second, , notComparable] = MADE;
  const logging = (made: Made, trainAccuracies: readonly number[]): Made => ({
    ...made,
    claim: { ...made.claim, trainAccuracies },
  });
  const { record, catalog } = recordOf([
    logging(first, [0.95, 0.981]),
    logging(second, [0.95, 0.99]),
    logging(notComparable, [0.95, 0.99]),
    // the log ends before the recipe
    logging({ ...second, id: 106 }, [0.95]),
    logging({ ...second, id: 107 }, [0.9, 0.94]),
  ]);
  const epochs = record.trials.flatMap(({ iteration, seed }) =>
    [0.96, 0.98 + seed / 1000].map((trainAccuracy, index) => ({
      iteration,
      seed,
      epoch: index + 1,
      trainLoss: 0.1,
      trainAccuracy,
      validationLoss: undefined,
      validationAccuracy: undefined,
      testLoss: 0.1,
      testAccuracy: 0.99,
      learningRate: 0.1,
      weightsDigest: "",
    }))
  );
  const field = judgeField([{ ...record, epochs }], catalog);
  const training = new Map(field.entries.map((entry) => [entry.iteration.id, entry.training]));
  // 98.10 ± 0.10 of three: ± √((4.303 · 0.1 · √(4/3))² + (1.96 · 0.048)²) = ± 0.51 points
  assert.deepEqual(training.get(101)!.numbers!.mean.toFixed(4), "0.9810");
  const { low, high } = training.get(101)!.numbers!.interval!;
  assert.deepEqual([low.toFixed(4), high.toFixed(4)], ["0.9759", "0.9861"]);
  assert.equal(training.get(101)!.verdict, "consistent");
  assert.equal(training.get(102)!.verdict, "above");
  // another test set says nothing against the recipe
  assert.equal(training.get(104)!.verdict, "consistent");
  assert.equal(training.get(106), undefined);
  // 99.9 % of new trials within ± 31.6 · 0.1 · √(4/3) = ± 3.65 points: 0.9 are not enough, 4.1 are
  const reasons = new Map(field.entries.map(({ iteration: { id }, notJudged }) => [id, notJudged]));
  assert.deepEqual([reasons.get(101), reasons.get(102), reasons.get(106)], [undefined, undefined, undefined]);
  assert.match(
    reasons.get(107)!,
    /^it was trained, or counted, otherwise .* as 94\.00 % and is 98\.10 ± 0\.10 % \(n = 3\) here, and not one/,
  );
  assert.equal(field.entries.at(-1)!.best, undefined);
  const overview = overviewOf(field.entries);
  assert.deepEqual(overview.training, { consistent: 2, above: 1, below: 1 });
  assert.deepEqual([overview.trainingGap!.count, overview.trainingGap!.mean.toFixed(5)], [2, "0.00450"]);
  assert.match(
    fieldMarkdown(field),
    /of 4 published training accuracies 2 are consistent, 1 above and 1 below; logged minus measured \+0\.45 points/,
  );
  assert.match(fieldMarkdown(field), /\| +98\.10 \| +98\.10 ± 0\.10 \| consistent /);
});

Deno.test("the field's text names every entry and source, and why some are not judged", () => {
  const { record, catalog } = recordOf(MADE);
  const field = judgeField([record], catalog), text = fieldMarkdown(field);
  for (const { id } of MADE) {
    assert.match(text, new RegExp(`\\[someone/net${id}\\]\\(https://github.com/someone/net${id}\\)`));
  }
  assert.match(text, /- 104 Entry 104: its test set is another/);
  assert.match(text, /Schedules that are never stepped: 1 entry builds one .*: Entry 103 not measured yet\./);
  assert.equal(fieldTable(field).rows.length, 5);
  const [total] = overviewSentences(overviewOf(field.entries));
  assert.match(
    total,
    /^Published best minus measured final accuracy: \+0\.17 points \(95 %: .*\), the mean over 3 entries that/,
  );
});

Deno.test("judgeField() pairs an entry with itself, its schedule stepped, and makes no entry of that", () => {
  const stepped: Made = {
    id: 9103,
    parameters: 9000,
    claim: {},
    trials: [[0.9955, 0.996], [0.996, 0.996], [0.9965, 0.9965]],
  };
  const { record, catalog } = recordOf([...MADE, stepped]);
  const field = judgeField([record], catalog.slice(0, -1)), { entries } = field;
  assert.deepEqual(entries.map(({ iteration: { id } }) => id), [101, 102, 103, 104, 105]);
  const { stepping } = entries[2];
  assert.ok(Math.abs(stepping!.mean - 0.001) < 1e-12);
  // SD 0.0005 of three: ± 4.303 · 0.0005 / √3
  assert.deepEqual([stepping!.interval!.low.toFixed(5), stepping!.interval!.high.toFixed(5)], [
    "-0.00024",
    "0.00224",
  ]);
  assert.match(
    fieldMarkdown(field),
    /paired by seed: Entry 103 \+0\.10 points \(95 %: −0\.02 to \+0\.22\)\./,
  );
});

Deno.test("judgeField() says the same whatever the order of trials and entries", () => {
  const { record, catalog } = recordOf(MADE);
  const reversed = { ...record, trials: [...record.trials].reverse() };
  assert.deepEqual(judgeField([reversed], [...catalog].reverse()), judgeField([record], catalog));
});

/** The same trials as another engine would have recorded them. */
function measuredBy(record: RunRecord, engine: RunRecord["manifest"]["engine"]): RunRecord {
  return { ...record, manifest: { ...record.manifest, engine } };
}

const WEBGPU = { name: "webgpu", version: 1, device: "a GPU" };

Deno.test("judgeField() shows each entry as the engine measured it that completed most, and ranks all together", () => {
  const [first, second, third, ...rest] = MADE;
  const { catalog } = recordOf(MADE);
  const wasm = recordOf([first, { ...second, trials: second.trials.slice(0, 2) }, third]).record;
  const webgpu = measuredBy(recordOf([second, third, ...rest]).record, WEBGPU);
  const field = judgeField([webgpu, wasm], catalog);
  // 102 has three trials there and two here; 103 as many in both
  assert.deepEqual(
    field.entries.map(({ iteration: { id }, engine, summary: { completed } }) =>
      `${id} ${engine.name} ${completed.length}`
    ),
    ["101 wasm 3", "102 webgpu 3", "103 wasm 3", "104 webgpu 2", "105 webgpu 1"],
  );
  const alone = judgeField([recordOf(MADE).record], catalog);
  const withoutEngines = (each: typeof field) => each.entries.map(({ engine: _, ...entry }) => entry);
  assert.deepEqual(withoutEngines(field), withoutEngines(alone));
  assert.deepEqual(judgeField([wasm, webgpu], catalog), field);
  const text = fieldMarkdown(field);
  assert.match(text, /engines wasm 1 and webgpu 1\./);
  assert.match(
    text,
    /Measured by wasm 1 \(2 entries\) and webgpu 1 on a GPU \(3 entries\)\. Trials of two engines/,
  );
  assert.match(text, /\| Entry 102 +\|[^\n]*\| webgpu \|/);
});

Deno.test("judgeField() pairs a stepped schedule within one engine, never one engine's trials with another's", () => {
  const stepped: Made = { ...MADE[2], id: 9103, trials: [[0.997, 0.997], [0.997, 0.997]] };
  const { catalog } = recordOf(MADE);
  const [wasm, webgpu] = [recordOf(MADE).record, measuredBy(recordOf([stepped]).record, WEBGPU)];
  assert.equal(judgeField([wasm, webgpu], catalog).entries[2].stepping, undefined);
  const both = measuredBy(
    recordOf([{ ...MADE[2], trials: MADE[2].trials.slice(0, 2) }, stepped]).record,
    WEBGPU,
  );
  const [, , entry] = judgeField([wasm, both], catalog).entries;
  assert.deepEqual([entry.engine.name, entry.stepping!.count], ["wasm", 2]);
  assert.ok(Math.abs(entry.stepping!.mean - 0.002) < 1e-12);
});

Deno.test("the field says which recipes have no trials, as --entries takes them", () => {
  const { catalog } = recordOf(MADE), { record } = recordOf([MADE[0], MADE[2]]);
  const field = judgeField([record], catalog);
  assert.equal(field.recipes, 6);
  assert.deepEqual(field.missing.map(({ entry }) => entry), [102, 103, 104, 105]);
  const sentence = /4 of 6 recipes have no trials yet; `deno task field --entries 102-105` trains them\./;
  assert.match(fieldMarkdown(field), sentence);
  assert.match(fieldMarkdown(field), /- 103 Entry 103, its schedule stepped/);
  assert.match(fieldText(field, { color: false }), sentence);
  assert.doesNotMatch(
    fieldMarkdown(judgeField([recordOf(MADE.slice(0, 2)).record], catalog.slice(0, 2))),
    /no trials yet/,
  );
});

Deno.test("judgeField() holds no published best against finals where nobody looked in every epoch", () => {
  const [first, second] = MADE;
  const once: Made = { ...second, trials: second.trials.map(([final]) => [final] as const) };
  const { record, catalog } = recordOf([first, once]);
  const { entries } = judgeField([record], catalog);
  assert.deepEqual([entries[1].best!.verdict, entries[1].best!.measured], ["notJudged", "n/a"]);
  const overview = overviewOf(entries);
  assert.deepEqual([overview.entries, overview.judged], [2, 1]);
});

Deno.test("the field says that published numbers promise more, or less, only where that is shown", () => {
  const promise = (...published: readonly number[]) => {
    const { record, catalog } = recordOf(published.map((bestTestAccuracy, at) => ({
      id: 101 + at,
      parameters: 9000 + at,
      claim: { bestTestAccuracy },
      trials: [[0.99, 0.991], [0.991, 0.992]],
    })));
    return overviewSentences(overviewOf(judgeField([record], catalog).entries))[0];
  };
  assert.match(
    promise(0.994, 0.9941, 0.9942),
    /\+0\.36 points .* A published number promises that much more than/,
  );
  assert.match(
    promise(0.986, 0.9861, 0.9862),
    /−0\.44 points .* A published number promises that much less than/,
  );
  assert.match(promise(0.985, 0.9905, 0.9942), /−0\.06 points .* is not shown\./);
  // of one entry nothing can be told
  assert.match(promise(0.994), /\+0\.35 points, the mean over 1 entry .* is not shown\./);
});
