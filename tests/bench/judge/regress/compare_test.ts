import { SCHEMA } from "../../../../bench/run/manifest.ts";
import assert from "node:assert/strict";
import { newManifest, withInvocation, withPlan } from "../../../../bench/run/manifest.ts";
import { type Check, compareRuns } from "../../../../bench/judge/regress/compare.ts";
import type { EpochRow, TrialRow } from "../../../../bench/run/rows.ts";
import type { RunRecord } from "../../../../bench/run/run_folder.ts";
import { summarizeIteration } from "../../../../bench/run/summary.ts";
import type { Iteration } from "../../../../models/iteration.ts";
import { LONG } from "../../fixtures.ts";
import { shuffled } from "../../statistics/random.ts";

const RULES = { alpha: 0.01, drop: 0.0015, power: 0.8 } as const;

interface Recipe {
  /** Final test accuracies by seed, in percent; a word is the status of a trial that did not complete. */
  readonly finals: readonly (number | string)[];
  readonly firstSeed?: number;
  /** Epoch to target by seed. */
  readonly targets?: readonly (number | undefined)[];
  readonly engine?: { readonly name: string; readonly version: number };
  readonly iteration?: Iteration;
  readonly cpu?: string;
  readonly device?: string;
  readonly imagesPerSecond?: number;
  /** Stop after so many epochs. */
  readonly epochs?: number;
  /** Whether the accuracies are of images that were held out. */
  readonly isValidation?: boolean;
  /** Whether the test set was looked at after the last epoch alone. */
  readonly isTestedOnce?: boolean;
  /** Makes the weights of these epochs others. */
  readonly otherFrom?: number;
}

/** A record of trials of one iteration; accuracy rises by 0.1 points an epoch to the final one. */
function record(recipe: Recipe): RunRecord {
  const iteration = recipe.iteration ?? LONG, length = iteration.training.epochs;
  const count = recipe.epochs ?? length, firstSeed = recipe.firstSeed ?? 0;
  const trials: TrialRow[] = [], epochs: EpochRow[] = [];
  for (const [index, final] of recipe.finals.entries()) {
    const id = { iteration: iteration.id, seed: firstSeed + index };
    const lost = typeof final === "string";
    const accuracy = (epoch: number) =>
      lost ? 0.9 : Number(((final - 0.1 * (length - epoch)) / 100).toFixed(6));
    const looked = (epoch: number) => !recipe.isTestedOnce || epoch === count ? accuracy(epoch) : undefined;
    const rows = Array.from({ length: lost ? 1 : count }, (_, at) => ({
      ...id,
      epoch: at + 1,
      trainLoss: 0.1,
      trainAccuracy: 0.97,
      validationLoss: undefined,
      validationAccuracy: recipe.isValidation ? accuracy(at + 1) : undefined,
      testLoss: undefined,
      testAccuracy: recipe.isValidation ? undefined : looked(at + 1),
      learningRate: 0.01,
      weightsDigest: `w${id.seed}.${at + 1}${at + 1 >= (recipe.otherFrom ?? Infinity) ? "x" : ""}`,
    }));
    epochs.push(...rows);
    const last = rows[rows.length - 1];
    trials.push({
      ...id,
      status: lost ? final : "completed",
      epochs: rows.length,
      parameters: lost ? undefined : iteration.parameters,
      finalTestAccuracy: lost ? undefined : accuracy(rows.length),
      course: lost || recipe.isTestedOnce ? undefined : {
        bestTestAccuracy: accuracy(rows.length),
        bestEpoch: rows.length,
        epochToTarget: recipe.targets?.[index] ?? "never",
      },
      weightsDigest: lost ? undefined : last.weightsDigest,
      predictionsDigest: lost ? undefined : `predictions ${last.weightsDigest}`,
      note: undefined,
    });
  }
  const seeds = trials.map(({ seed }) => seed);
  const manifest = withInvocation(
    withPlan(
      newManifest({
        schema: SCHEMA,
        dataset: { name: "mnist", digests: {}, trainImages: 60_000, testImages: 10_000 },
        engine: recipe.engine ?? { name: "wasm", version: 1 },
        quick: false,
        epochs: recipe.epochs ?? null,
      }),
      [iteration],
      seeds,
    ),
    {
      start: "2026-01-02T03:04:05Z",
      deno: "2",
      v8: "15",
      os: "linux",
      cpu: recipe.cpu ?? "a CPU",
      cores: 2,
      git: null,
      device: recipe.device ?? "a device",
      workers: 2,
    },
    seeds.map((seed) => ({ iteration, seed })),
  );
  const rate = recipe.imagesPerSecond ?? 1000;
  const timing = epochs.map(({ iteration, seed, epoch }) => ({
    iteration,
    seed,
    epoch,
    trainSeconds: 60_000 / rate,
    testSeconds: 1,
    trainImagesPerSecond: rate,
  }));
  return { manifest, trials, epochs, timing };
}

const FIVE = [99.45, 99.5, 99.4, 99.48, 99.42];
const REFERENCE = record({ finals: FIVE, targets: [2, 3, 3, 2, 3] });
/** The same engine with another version: bits may differ. */
const NEXT = { name: "wasm", version: 2 };

function compare(run: Recipe, options: { reference?: RunRecord; leastSpeed?: number } = {}) {
  const { reference = REFERENCE, leastSpeed } = options;
  const { status, iterations } = compareRuns(record(run), reference, { ...RULES, leastSpeed });
  const of = (name: Check["name"]) => {
    const check = iterations[0].checks.find((each) => each.name === name);
    return check === undefined ? undefined : `${check.status}: ${check.detail}`;
  };
  return { status, of };
}

Deno.test("compareRuns() tests no accuracy where the same trials gave the same bits", () => {
  const { status, of } = compare({ finals: FIVE, targets: [2, 3, 3, 2, 3] });
  assert.equal(status, "passed");
  assert.equal(of("digests"), "passed: 20 epochs of 5 trials");
  assert.equal(of("finalAccuracy"), undefined);
  // One trial is enough, and so is its start.
  assert.equal(
    compare({ finals: FIVE.slice(0, 1), targets: [2] }).of("digests"),
    "passed: 4 epochs of 1 trial",
  );
  const start = compare({ finals: FIVE.slice(0, 2), epochs: 1 });
  assert.deepEqual([start.status, start.of("digests")], ["passed", "passed: 2 epochs of 2 trials"]);
});

Deno.test("compareRuns() names the first trial and epoch whose bits differ", () => {
  const { status, of } = compare({ finals: FIVE, otherFrom: 3, targets: [2, 3, 3, 2, 3] });
  assert.equal(status, "regressed");
  assert.equal(
    of("digests"),
    "regressed: seed 0 epoch 3: expected weights w0.3, got w0.3x",
  );
  // Same weights, another accuracy: the evaluation changed.
  const evaluation = compare({ finals: [99.45, 99.51] }).of("digests");
  assert.equal(
    evaluation,
    "regressed: seed 1 epoch 1: expected testAccuracy 0.992, got 0.9921, with the same weights",
  );
});

Deno.test("compareRuns() compares digests only where the engine promises equal bits", () => {
  const digests = (run: Partial<Recipe>, reference: Partial<Recipe> = {}) =>
    compare({ finals: FIVE, otherFrom: 1, ...run }, { reference: record({ finals: FIVE, ...reference }) }).of(
      "digests",
    );
  const webgpu = { name: "webgpu", version: 1 }, tensorflow = { name: "tensorflow", version: 1 };
  assert.equal(digests({ engine: NEXT }), "notCompared: wasm version 2 here, 1 in the reference");
  assert.equal(
    digests({ engine: { name: "wasm-unfused", version: 1 } }),
    "notCompared: engine wasm-unfused here, wasm in the reference",
  );
  assert.equal(
    digests({ engine: tensorflow }, { engine: tensorflow }),
    "notCompared: engine tensorflow promises no equal bits",
  );
  assert.equal(
    digests({ engine: webgpu, device: "one" }, { engine: webgpu, device: "other" }),
    "notCompared: engine webgpu promises equal bits on one device only",
  );
  assert.match(digests({ engine: webgpu }, { engine: webgpu })!, /^regressed: seed 0 epoch 1/);
  assert.match(digests({ cpu: "another" })!, /^regressed: seed 0 epoch 1/);
  assert.equal(
    digests({ firstSeed: 5 }),
    "notCompared: no trained epoch of the same seed on both sides",
  );
  assert.equal(
    digests({ iteration: { ...LONG, training: { ...LONG.training, batchSize: 9 } } }),
    "notCompared: other layers or training than in the reference",
  );
});

Deno.test("compareRuns() tests the mean in pairs where the seeds are the same", () => {
  const lower = FIVE.map((value) => value - 0.2 - (value % 0.03));
  const paired = compare({ finals: lower, engine: NEXT, targets: [2, 3, 3, 2, 3] });
  assert.equal(paired.status, "regressed");
  assert.match(
    paired.of("finalAccuracy")!,
    /^regressed: 99\.2\d ± 0\.0\d % \(n = 5\) against 99\.45 ± 0\.04 % \(n = 5\); paired t test for a lower mean: p (= 0\.000\d|< 0\.0001) < 0\.01$/,
  );
  const unpaired = compare({ finals: lower, engine: NEXT, firstSeed: 5, targets: [2, 3, 3, 2, 3] });
  assert.match(
    unpaired.of("finalAccuracy")!,
    /^regressed: .*; unpaired t test for a lower mean: p (= 0\.00\d\d|< 0\.0001) < 0\.01$/,
  );
  // One image of 10,000 lower in both of two trials: they tie, which is no certainty.
  const tied = compare({ finals: [99.5, 99.44], engine: NEXT }, {
    reference: record({ finals: [99.51, 99.45] }),
  });
  assert.match(tied.of("finalAccuracy")!, /^passed: .*: p = 0\.0641; .* with power 0\.98$/);
  const same = compare({ finals: shuffled(FIVE, 1), engine: NEXT, firstSeed: 5, targets: [2, 3, 3, 2, 3] });
  assert.equal(same.status, "passed");
  assert.match(
    same.of("finalAccuracy")!,
    /^passed: .*: p = 0\.5000; a drop of 0\.15 points would be found with power 0\.9\d$/,
  );
});

Deno.test("compareRuns() does not pass what too few trials could not have found", () => {
  const two = compare({ finals: [99.42, 99.5], engine: NEXT, firstSeed: 5, targets: [2, 3] });
  assert.equal(two.status, "underpowered");
  assert.match(
    two.of("finalAccuracy")!,
    /^underpowered: .* would be found with power 0\.\d\d; needs n ≥ \d on both sides$/,
  );
  const one = compare({ finals: [99.4], engine: NEXT, targets: [2] });
  assert.match(
    one.of("finalAccuracy")!,
    /^underpowered: 99\.40 ± n\/a % \(n = 1\) .*; one trial cannot be tested; a drop of 0\.15 points needs n ≥ \d on both sides$/,
  );
  const alone = compare({ finals: [99.4], engine: NEXT }, { reference: record({ finals: [99.4] }) });
  assert.match(alone.of("finalAccuracy")!, /needs n ≥ 2 on both sides$/);
  // A drop that shows is a regression however few the trials.
  assert.equal(compare({ finals: [98, 98.01, 98.02], engine: NEXT, firstSeed: 5 }).status, "regressed");
});

Deno.test("compareRuns() finds that the target is reached later, or never", () => {
  const later = compare({ finals: FIVE, engine: NEXT, targets: [4, 4, undefined, 4, undefined] });
  assert.equal(
    later.of("epochToTarget"),
    "regressed: median 4 (3 of 5) against 3 (5 of 5); Mann-Whitney test for later: p = 0.0040 < 0.01",
  );
  const never = compare({ finals: FIVE, engine: NEXT });
  assert.match(
    never.of("epochToTarget")!,
    /^regressed: median never \(0 of 5\) against 3 \(5 of 5\); .* < 0\.01$/,
  );
  const four = compare({ finals: FIVE.slice(1), engine: NEXT, targets: [2, 3, 3, 2] }, {
    reference: record({ finals: FIVE.slice(1), targets: [2, 3, 3, 2] }),
  });
  assert.match(
    four.of("epochToTarget")!,
    /^underpowered: .*; if none reached it: p = 0\.0143; needs n ≥ 5 against this reference$/,
  );
  // Four of ten reach it there: not one of ten does here, the worst that can be, and it is not shown.
  const finals = Array<number>(10).fill(99.4), few = [2, 2, 3, 4];
  const none = compare({ finals, engine: NEXT }, { reference: record({ finals, targets: few }) });
  assert.equal(
    none.of("epochToTarget"),
    "underpowered: median never (0 of 10) against never (4 of 10); Mann-Whitney test for later: p = 0.0433; " +
      "if none reached it: p = 0.0433; needs n ≥ 19 against this reference",
  );
  const unreached = compare({ finals: FIVE, engine: NEXT }, { reference: record({ finals: FIVE }) });
  assert.equal(unreached.of("epochToTarget"), "notCompared: 99.4 % not reached in the reference");
});

Deno.test("compareRuns() compares stopped trials at the epoch that both have", () => {
  const { of } = compare({ finals: FIVE, engine: NEXT, epochs: 2 });
  // Two epochs before the end, 0.2 points lower on both sides.
  assert.match(
    of("finalAccuracy")!,
    /^passed: 99\.25 ± 0\.04 % \(n = 5\) against 99\.25 ± 0\.04 % \(n = 5\) after epoch 2;/,
  );
  assert.equal(of("epochToTarget"), "notCompared: trials stopped early");
  // held-out images were looked at in every epoch
  const heldOut = (finals: Recipe["finals"], engine?: Recipe["engine"]): Recipe => ({
    finals,
    engine,
    epochs: 2,
    isValidation: true,
  });
  const reference = record(heldOut(FIVE));
  const worse = compare(heldOut(FIVE.map((final) => final - 9), NEXT), { reference });
  assert.match(worse.of("finalAccuracy")!, /^regressed: 90\.25 .* after epoch 2;/);
  assert.equal(compare(heldOut(FIVE, NEXT), { reference }).status, "passed");
});

Deno.test("compareRuns() passes nothing that it could not compare", () => {
  const once = record({ finals: FIVE, isTestedOnce: true });
  const stopped = compare({ finals: FIVE.map((final) => final - 9), engine: NEXT, epochs: 2 }, {
    reference: once,
  });
  assert.equal(stopped.status, "underpowered");
  assert.equal(
    stopped.of("finalAccuracy"),
    "underpowered: the reference has no accuracy of every trial after epoch 2, the last of both",
  );
  const lost = compare({ finals: ["diverged"], engine: NEXT }, {
    reference: record({ finals: ["diverged"] }),
  });
  assert.deepEqual([lost.status, lost.of("finalAccuracy")], [
    "underpowered",
    "underpowered: no completed trial",
  ]);
});

Deno.test("compareRuns() compares no epoch to the target where nobody looked in every one", () => {
  const run = { finals: FIVE, engine: NEXT, targets: [2, 3, 3, 2, 3] }, once = { ...run, isTestedOnce: true };
  const here = compare(once), there = compare(run, { reference: record({ ...once, engine: undefined }) });
  const words = "the test set was not looked at in every epoch";
  assert.equal(here.of("epochToTarget"), `notCompared: ${words}`);
  assert.equal(there.of("epochToTarget"), `notCompared: in the reference ${words}`);
  // the accuracies are the same
  assert.deepEqual([here.status, there.status], ["passed", "passed"]);
});

Deno.test("compareRuns() takes lost trials and other parameter counts for regressions", () => {
  const lost = compare({ finals: [99.45, 99.5, "diverged", 99.48, 99.42], targets: [2, 3, undefined, 2, 3] });
  assert.equal(lost.status, "regressed");
  assert.equal(
    lost.of("trials"),
    "regressed: 1 of 5 trials did not complete (seed 2 diverged), 0 of 5 trials in the reference",
  );
  const before = record({ finals: [99.45, "diverged", "failed", 99.48, 99.42] });
  assert.equal(
    compare({ finals: [99.45, 99.5, "diverged"] }, { reference: before }).of("trials"),
    "passed: 1 of 3 trials did not complete (seed 2 diverged), 2 of 5 trials in the reference",
  );
  // More of many are a smaller share, which counts.
  const many = [...FIVE, ...FIVE, ...FIVE, "diverged", "failed", "failed"];
  assert.equal(
    compare({ finals: many }, { reference: before }).of("trials"),
    "passed: 3 of 18 trials did not complete (seed 15 diverged, seed 16 failed, seed 17 failed), 2 of 5 trials in " +
      "the reference",
  );
  const larger = compare({ finals: FIVE, iteration: { ...LONG, parameters: 3415 } });
  assert.equal(larger.of("parameters"), "regressed: expected 3,414, got 3,415 (seed 0)");
  const none = compare({ finals: ["failed"] });
  assert.deepEqual([none.status, none.of("parameters")], ["regressed", "notCompared: no completed trial"]);
});

Deno.test("compareRuns() compares speed on the same machine only, and judges it only when asked", () => {
  const slow = { finals: FIVE, imagesPerSecond: 800, targets: [2, 3, 3, 2, 3] };
  assert.equal(compare(slow).of("speed"), "shown: 0.80 times the reference (800 and 1,000 images/s)");
  assert.equal(compare(slow).status, "passed");
  const judged = compare(slow, { leastSpeed: 0.9 });
  assert.deepEqual([judged.status, judged.of("speed")], [
    "regressed",
    "regressed: 0.80 times the reference (800 and 1,000 images/s), at least 0.90 wanted",
  ]);
  const elsewhere = compare({ ...slow, cpu: "another CPU" }, { leastSpeed: 0.9 });
  assert.equal(elsewhere.of("speed"), "notCompared: another machine, device or number of workers");
});

Deno.test("compareRuns() and summarizeIteration() do not depend on the order of rows", () => {
  const finals = [...FIVE, "diverged", 99.47], targets = [2, undefined, 3, 2, 3, undefined, 4];
  const run = record({ finals, targets, engine: NEXT, firstSeed: 2 });
  const moved = record({ finals, targets, otherFrom: 2 });
  const once = compareRuns(run, REFERENCE, RULES), summary = summarizeIteration(LONG, run);
  assert.equal(summary.target?.reached.count, 5);
  const mix = (whole: RunRecord, seed: number): RunRecord => ({
    manifest: whole.manifest,
    trials: shuffled(whole.trials, seed),
    epochs: shuffled(whole.epochs, seed),
    timing: shuffled(whole.timing, seed),
  });
  for (let seed = 0; seed < 5; seed++) {
    assert.deepEqual(compareRuns(mix(run, seed), mix(REFERENCE, seed + 100), RULES), once);
    const [{ checks: [{ detail }] }] = compareRuns(mix(moved, seed), mix(REFERENCE, seed), RULES).iterations;
    assert.equal(detail, "seed 0 epoch 2: expected weights w0.2, got w0.2x");
    assert.deepEqual(summarizeIteration(LONG, mix(run, seed)), summary);
  }
});

Deno.test("compareRuns() says which iterations only one side has", () => {
  const other = record({ finals: FIVE, iteration: { ...LONG, id: 7 } });
  const join = (a: RunRecord, b: RunRecord): RunRecord => ({
    ...a,
    manifest: { ...a.manifest, iterations: [...a.manifest.iterations, ...b.manifest.iterations] },
    trials: [...a.trials, ...b.trials],
    epochs: [...a.epochs, ...b.epochs],
  });
  const { iterations, onlyRun, onlyReference } = compareRuns(join(REFERENCE, other), REFERENCE, RULES);
  assert.deepEqual([iterations.map(({ id }) => id), onlyRun, onlyReference], [[LONG.id], [7], []]);
  assert.deepEqual(compareRuns(REFERENCE, join(REFERENCE, other), RULES).onlyReference, [7]);
});
