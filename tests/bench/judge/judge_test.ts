import { SCHEMA } from "../../../bench/run/manifest.ts";
import assert from "node:assert/strict";
import type { ReferenceTrials } from "../../../bench/judge/reference_bounds.ts";
import { judge } from "../../../bench/judge/judge.ts";
import type { RunIdentity } from "../../../bench/run/manifest.ts";
import type { TrialRow } from "../../../bench/run/rows.ts";
import { summarizeIteration } from "../../../bench/run/summary.ts";
import type { Iteration } from "../../../models/iteration.ts";
import { LONG } from "../fixtures.ts";

/** Twenty epochs, 19,798 parameters, claimed as published. */
const FULL: Iteration = {
  ...LONG,
  id: 5,
  parameters: 19_798,
  training: { ...LONG.training, epochs: 20 },
  criteria: { finalAccuracyFloor: 0.993, shareReachingTarget: 0.5 },
  claim: { parameters: 19_798, bestTestAccuracy: 0.9945, epoch: 16 },
};

const MNIST: RunIdentity = {
  schema: SCHEMA,
  dataset: { name: "mnist", digests: {}, trainImages: 60_000, testImages: 10_000 },
  engine: { name: "wasm", version: 1 },
  quick: false,
  epochs: null,
};

interface Outcome {
  readonly final: number;
  readonly best?: number;
  readonly target?: number;
  readonly parameters?: number;
  /** Whether the test set was looked at after the last epoch alone. */
  readonly isTestedOnce?: boolean;
}

/** Verdicts on trials with these outcomes; a word is the status of a trial that did not complete. */
function verdicts(
  outcomes: readonly (Outcome | string)[],
  changes: {
    readonly iteration?: Partial<Iteration>;
    readonly run?: Partial<RunIdentity>;
    readonly reference?: ReferenceTrials;
  } = {},
) {
  const iteration = { ...FULL, ...changes.iteration };
  const run = { ...MNIST, ...changes.run };
  const trials = outcomes.map((outcome, seed): TrialRow => {
    const lost = typeof outcome === "string";
    return {
      iteration: iteration.id,
      seed,
      status: lost ? outcome : "completed",
      epochs: lost ? 3 : 20,
      parameters: lost ? undefined : outcome.parameters ?? iteration.parameters,
      finalTestAccuracy: lost ? undefined : outcome.final,
      course: lost || outcome.isTestedOnce ? undefined : {
        bestTestAccuracy: outcome.best ?? outcome.final,
        bestEpoch: 18,
        epochToTarget: outcome.target ?? "never",
      },
      weightsDigest: undefined,
      predictionsDigest: undefined,
      note: undefined,
    };
  });
  const manifest = { ...run, iterations: [], seeds: [], invocations: [] };
  const summary = summarizeIteration(iteration, { manifest, trials, epochs: [], timing: [] });
  const { criteria, challenge } = judge(summary, run, changes.reference);
  return {
    criteria: criteria.status,
    each: criteria.criteria.map(({ name, status }) => `${name} ${status}`).join(", "),
    details: criteria.criteria.map(({ detail }) => detail),
    challenge: [challenge.status, ...challenge.missing].join(" "),
    challengeDetail: challenge.detail,
  };
}

const GOOD = { final: 0.9946, best: 0.9948, target: 16 };
const ALL_MET = "trials met, parameters met, finalAccuracy met, epochToTarget met";

Deno.test("judge() meets all where all is met", () => {
  const good = verdicts([GOOD, GOOD, GOOD]);
  assert.deepEqual([good.criteria, good.each, good.challenge], ["met", ALL_MET, "met"]);
  assert.deepEqual(good.details, [
    "3 trials completed",
    "19,798 parameters",
    "lowest final accuracy 99.46 % (seed 0) ≥ floor 99.30 %",
    "99.4 % reached in 3 of 3 trials, expected in at least 50 %",
  ]);
  assert.equal(
    good.challengeDetail,
    "mean final accuracy 99.46 % of at least 99.4 %; 19,798 parameters of fewer than 20,000; 20 epochs of at most 20",
  );
});

Deno.test("judge() fails each criterion for itself", () => {
  const cases: [readonly (Outcome | string)[], string, string][] = [
    [
      [GOOD, { ...GOOD, parameters: 19_799 }],
      "parameters failed",
      "expected 19,798 parameters, counted 19,799",
    ],
    [
      [GOOD, { ...GOOD, final: 0.9929 }],
      "finalAccuracy failed",
      "lowest final accuracy 99.29 % (seed 1) < floor 99.30 %",
    ],
    [
      [GOOD, { final: 0.9935 }, { final: 0.9935 }],
      "epochToTarget failed",
      "99.4 % reached in 1 of 3 trials, expected in at least 50 %",
    ],
    [[GOOD, "diverged", GOOD], "trials failed", "1 of 3 trials did not complete (seed 1 diverged)"],
    [[GOOD, GOOD, "failed"], "trials failed", "1 of 3 trials did not complete (seed 2 failed)"],
  ];
  for (const [outcomes, failed, detail] of cases) {
    const { criteria, each, details } = verdicts(outcomes);
    assert.equal(criteria, "failed");
    assert.deepEqual(each.split(", ").filter((part) => part.endsWith("failed")), [failed]);
    assert.ok(details.includes(detail), details.join("\n"));
  }
});

Deno.test("judge() counts a trial that diverged as not reaching the target", () => {
  const { each } = verdicts([GOOD, "diverged", "diverged"]);
  assert.match(each, /trials failed.*epochToTarget failed/);
  assert.match(verdicts(["diverged"]).each, /trials failed, parameters notJudged, finalAccuracy notJudged/);
});

Deno.test("judge() takes a floor and the target as met when they are just reached", () => {
  // The mean of six times 0.994 is 0.9939999999999999 in float64.
  const exact = verdicts(Array.from({ length: 6 }, () => ({ ...GOOD, final: 0.994 })), {
    iteration: { criteria: { finalAccuracyFloor: 0.994 } },
  });
  assert.deepEqual([exact.criteria, exact.challenge], ["met", "met"]);
  const below = verdicts([{ ...GOOD, final: 0.994 }, { ...GOOD, final: 0.994 }, { ...GOOD, final: 0.9939 }]);
  assert.equal(below.challenge, "notMet accuracy");
  assert.match(below.challengeDetail, /99\.397 % of at least 99\.4 %/);
  assert.equal(verdicts([GOOD, { final: 0.994 }]).each, ALL_MET);
});

Deno.test("judge() takes a share of trials as reached whatever its binary fraction is", () => {
  // 0.28 · 25 is 7.000000000000001, 0.56 · 25 is 14.000000000000002
  for (const [share, count] of [[0.28, 7], [0.56, 14], [0.07, 7]]) {
    const total = share === 0.07 ? 100 : 25;
    const outcome = (reached: number) => {
      const trials = Array.from(
        { length: total },
        (_, at) => ({ ...GOOD, target: at < reached ? 16 : undefined }),
      );
      return verdicts(trials, { iteration: { criteria: { shareReachingTarget: share } } }).criteria;
    };
    assert.deepEqual([outcome(count - 1), outcome(count)], ["failed", "met"], `${share}`);
  }
});

Deno.test("judge() says which parts of the challenge are not met, and makes none a failed criterion", () => {
  const big = verdicts([{ final: 0.993, target: 12, parameters: 26_870 }], {
    iteration: { parameters: 26_870, training: { ...FULL.training, epochs: 21 } },
  });
  assert.deepEqual([big.criteria, big.challenge], ["met", "notMet accuracy parameters epochs"]);
  assert.equal(verdicts([{ ...GOOD, parameters: 20_000 }]).challenge, "notMet parameters");
  assert.equal(verdicts([GOOD, "diverged"]).challenge, "notMet trials");
});

Deno.test("judge() does not judge accuracy where it would say nothing", () => {
  const bad = { final: 0.5, parameters: 19_798 };
  const open = "finalAccuracy notJudged, epochToTarget notJudged";
  const quick = verdicts([bad], { run: { quick: true, epochs: 2 } });
  assert.deepEqual([quick.criteria, quick.each], ["notJudged", `trials met, parameters notJudged, ${open}`]);
  assert.equal(quick.challenge, "notJudged");
  assert.equal(verdicts(["diverged"], { run: { quick: true } }).criteria, "failed");

  const stopped = verdicts([bad], { run: { epochs: 2 } });
  assert.deepEqual([stopped.criteria, stopped.each], ["met", `trials met, parameters met, ${open}`]);
  assert.equal(stopped.details[2], "stopped after 2 of 20 epochs");
  assert.equal(stopped.challenge, "notJudged");
  assert.equal(verdicts([{ ...bad, parameters: 7 }], { run: { epochs: 2 } }).criteria, "failed");

  const drawn = verdicts([bad], { run: { dataset: { ...MNIST.dataset, name: "synthetic" } } });
  assert.equal(drawn.each, `trials met, parameters met, ${open}`);
  assert.equal(drawn.details[2], "trained on synthetic, not on MNIST");

  const noFloor = verdicts([GOOD], { iteration: { criteria: {} } });
  assert.equal(
    noFloor.each,
    "trials met, parameters met, finalAccuracy notJudged, epochToTarget notExpected",
  );
  assert.equal(noFloor.details[2], "no floor yet");
});

Deno.test("judge() does not judge epochs to the target at which nobody looked", () => {
  const once = { final: 0.9946, isTestedOnce: true }, words = "the test set was not looked at in every epoch";
  const open = "trials met, parameters met, finalAccuracy met, epochToTarget notJudged";
  const judged = verdicts([once, once, { ...once, final: 0.9935 }]);
  assert.deepEqual([judged.criteria, judged.each, judged.challenge], ["met", open, "met"]);
  assert.equal(judged.details[3], words);
  const { target: _, ...reference } = REFERENCE;
  const derived = verdicts([GOOD, GOOD], { iteration: { criteria: undefined }, reference });
  assert.deepEqual([derived.each, derived.details[3]], [open, `in the reference ${words}`]);
});

/** Ten published trials around 99.5 %, all of which reach the target. */
const REFERENCE: ReferenceTrials = {
  final: { n: 10, mean: 0.995, deviation: 0.0003, min: 0.9945, max: 0.9955 },
  target: { count: 10, total: 10 },
};

Deno.test("judge() takes limits from the reference where the iteration has none, and says where they come from", () => {
  const judged = (final: number, target?: number) =>
    verdicts(Array(3).fill({ final, best: 0.995, target }), {
      iteration: { criteria: undefined },
      reference: REFERENCE,
    });
  const good = judged(0.9949, 12);
  assert.deepEqual([good.criteria, good.each], ["met", ALL_MET]);
  assert.deepEqual(good.details.slice(2), [
    "mean final accuracy 99.49 % (n = 3) ≥ 99.41 %, by the reference's 99.50 ± 0.03 (n = 10)",
    "99.4 % reached in 3 of 3 trials, 10 of 10 in the reference; p = 1.0000",
  ]);
  const low = judged(0.9938, 12);
  assert.match(low.each, /finalAccuracy failed, epochToTarget met/);
  assert.match(low.details[2], /^mean final accuracy 99\.38 % \(n = 3\) < 99\.41 %,/);
  const never = judged(0.9949);
  assert.match(never.each, /finalAccuracy met, epochToTarget failed/);
  assert.match(never.details[3], /reached in 0 of 3 trials, 10 of 10 in the reference; p = 0\.0035$/);
});

Deno.test("judge() expects the target of nobody where the reference misses it, and an iteration's own limits come first", () => {
  const reference = { ...REFERENCE, target: { count: 1, total: 10 } };
  const { each } = verdicts([GOOD], { iteration: { criteria: undefined }, reference });
  assert.match(each, /epochToTarget notExpected$/);
  assert.match(
    verdicts([GOOD], { reference: REFERENCE }).details[2],
    /^lowest final accuracy .* ≥ floor 99\.30 %$/,
  );
});
