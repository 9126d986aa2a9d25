/**
 * Whether a run fell behind a reference: exact digests first, then statistics, then speed.
 *
 * Where the same trials gave the same bits nothing else can have moved. Where bits may differ (another engine, engine
 * version or recipe) the accuracies are tested, and a test that could not have found what is looked for does not pass:
 * it is underpowered.
 *
 * @module
 */
import {
  formatCount,
  formatMean,
  formatMedian,
  formatPercent,
  plural,
  pWords,
} from "../../command_line/format.ts";
import {
  compareRows,
  type CompletedTrialRow,
  isCompleted,
  judgedEpochs,
  trialKey,
  type TrialRow,
} from "../../run/rows.ts";
import type { RunRecord } from "../../run/run_folder.ts";
import {
  describe,
  type Distribution,
  leastDeviation,
  mannWhitneyTest,
  median,
  MOST_TRIALS,
  oneSamplePower,
  pairedTest,
  requiredCount,
  unpairedPower,
  unpairedTest,
} from "../../statistics/mod.ts";
import { epochsToTarget, NOT_EVERY_EPOCH, TARGET_ACCURACY } from "../../run/summary.ts";
import { conditionsOf, sameConditions } from "./conditions.ts";
import { compareDigests, iterationOf } from "./digests.ts";

/** What counts as a regression. */
export interface RegressionRules {
  /** Level of every one-sided test. */
  readonly alpha: number;
  /** Drop of the mean final accuracy, a fraction, that must be found … */
  readonly drop: number;
  /** … with at least this power. */
  readonly power: number;
  /** Least speed, as a share of the reference's; absent where speed is only shown. */
  readonly leastSpeed?: number;
}

/** One thing that was compared. */
export interface Check {
  readonly name: "digests" | "trials" | "parameters" | "finalAccuracy" | "epochToTarget" | "speed";
  /** `shown` was not judged, since nobody asked; `notCompared` is no fault: there is nothing to compare. */
  readonly status: "passed" | "regressed" | "underpowered" | "shown" | "notCompared";
  /** The values compared, or why there are none. */
  readonly detail: string;
}

export interface IterationComparison {
  readonly id: number;
  readonly title: string;
  readonly checks: readonly Check[];
}

export interface Comparison {
  readonly status: "passed" | "regressed" | "underpowered";
  readonly iterations: readonly IterationComparison[];
  /** Iterations that only one side has. */
  readonly onlyRun: readonly number[];
  readonly onlyReference: readonly number[];
}

/** Compares every iteration that both sides have. */
export function compareRuns(run: RunRecord, reference: RunRecord, rules: RegressionRules): Comparison {
  const here = iterationsOf(run), there = iterationsOf(reference);
  const iterations = here.filter((id) => there.includes(id)).map((id) => ({
    id,
    title: iterationOf(id, run.manifest).title,
    checks: compareIteration(id, run, reference, rules),
  }));
  const has = (status: Check["status"]) =>
    iterations.some(({ checks }) => checks.some((check) => check.status === status));
  return {
    status: has("regressed") ? "regressed" : has("underpowered") ? "underpowered" : "passed",
    iterations,
    onlyRun: here.filter((id) => !there.includes(id)),
    onlyReference: there.filter((id) => !here.includes(id)),
  };
}

function iterationsOf({ trials }: RunRecord): number[] {
  return [...new Set(trials.map((trial) => trial.iteration))].sort((a, b) => a - b);
}

/** The trials of one iteration in one run. */
interface Side {
  readonly record: RunRecord;
  /** By seed. */
  readonly trials: readonly TrialRow[];
  readonly completed: readonly CompletedTrialRow[];
  /** Whether trials stopped before the iteration's own length. */
  readonly stopped: boolean;
}

function sideOf(id: number, record: RunRecord): Side {
  const trials = record.trials.filter((trial) => trial.iteration === id).sort(compareRows);
  const { epochs } = iterationOf(id, record.manifest).training;
  return {
    record,
    trials,
    completed: trials.filter(isCompleted),
    stopped: (record.manifest.epochs ?? Infinity) < epochs,
  };
}

function compareIteration(id: number, run: RunRecord, reference: RunRecord, rules: RegressionRules): Check[] {
  const here = sideOf(id, run), there = sideOf(id, reference);
  const digests = compareDigests(id, run, reference);
  const identical = digests.status === "identical";
  const statuses = { identical: "passed", different: "regressed", notCompared: "notCompared" } as const;
  return [
    { name: "digests", status: statuses[digests.status], detail: digests.detail },
    compareTrials(here, there),
    compareParameters(here, there),
    // The same bits have the same accuracies.
    ...(identical ? [] : [compareAccuracy(here, there, rules), compareEpochToTarget(here, there, rules)]),
    compareSpeed(id, here, there, rules),
  ];
}

function compareTrials(here: Side, there: Side): Check {
  const lost = ({ trials, completed }: Side) => trials.length - completed.length;
  const more = lost(here) * there.trials.length > lost(there) * here.trials.length;
  const names = here.trials.filter((trial) => !isCompleted(trial)).map(({ seed, status }) =>
    `seed ${seed} ${status}`
  );
  const words = (side: Side) => `${lost(side)} of ${plural(side.trials.length, "trial")}`;
  return {
    name: "trials",
    status: more ? "regressed" : "passed",
    detail: lost(here) + lost(there) === 0
      ? `${plural(here.trials.length, "trial")} completed, ${there.trials.length} in the reference`
      : `${words(here)} did not complete${names.length === 0 ? "" : ` (${names.join(", ")})`}, ${
        words(there)
      } in the reference`,
  };
}

function compareParameters(here: Side, there: Side): Check {
  const name = "parameters";
  const wanted = there.completed[0]?.parameters;
  const wrong = here.completed.find(({ parameters }) => parameters !== wanted) ?? here.completed[0];
  if (wanted === undefined || wrong === undefined) {
    return { name, status: "notCompared", detail: "no completed trial" };
  }
  const same = wrong.parameters === wanted;
  return {
    name,
    status: same ? "passed" : "regressed",
    detail: same
      ? formatCount(wanted)
      : `expected ${formatCount(wanted)}, got ${formatCount(wrong.parameters)} (seed ${wrong.seed})`,
  };
}

/** A t test of the mean accuracy, paired where both sides have the same seeds; one-sided, for a drop. */
function compareAccuracy(here: Side, there: Side, rules: RegressionRules): Check {
  const name = "finalAccuracy";
  const epoch = here.stopped || there.stopped
    ? Math.min(...[...here.completed, ...there.completed].map(({ epochs }) => epochs))
    : undefined;
  const values = accuracies(here, epoch), wanted = accuracies(there, epoch);
  if (values === undefined || wanted === undefined) {
    const whose = wanted === undefined ? "the reference has" : "the run has";
    return {
      name,
      status: "underpowered",
      detail: `${whose} no accuracy of every trial after epoch ${epoch}, the last of both`,
    };
  }
  const ours = describe(values), theirs = describe(wanted);
  if (ours === undefined || theirs === undefined) {
    return { name, status: "underpowered", detail: "no completed trial" };
  }
  const at = epoch === undefined ? "" : ` after epoch ${epoch}`;
  const words = (side: Distribution) => `${formatMean(side)} % (n = ${side.n})`;
  const shown = `${words(ours)} against ${words(theirs)}${at}`;
  const drop = `a drop of ${formatPercent(rules.drop)} points`;
  const paired = here.completed.length === there.completed.length &&
    here.completed.every(({ seed }, index) => seed === there.completed[index].seed);
  // Both sides count on as many images: other data is refused before.
  const unit = 1 / here.record.manifest.dataset.testImages;
  const deviations = [ours.deviation, theirs.deviation].filter((deviation) => deviation !== undefined)
    .map((deviation) => leastDeviation(deviation, { unit }));
  if (deviations.length < 2) {
    const needed = deviations.length === 0 ? "n ≥ 2" : requiredTrials(rules, (n) =>
      unpairedPower(
        { countA: n, countB: n, deviationA: deviations[0], deviationB: deviations[0] },
        { shift: rules.drop, alpha: rules.alpha },
      ));
    return {
      name,
      status: "underpowered",
      detail: `${shown}; one trial cannot be tested; ${drop} needs ${needed} on both sides`,
    };
  }
  const options = { alternative: "less", unit } as const;
  const test = paired ? pairedTest(values, wanted, options) : unpairedTest(values, wanted, options);
  const powerOf = paired
    ? pairedPower(values.map((value, index) => value - wanted[index]), unit, rules)
    : powerUnpaired(deviations[0], deviations[1], rules);
  const found = `${shown}; ${paired ? "paired" : "unpaired"} t test for a lower mean: ${
    pWords(test.p, rules.alpha)
  }`;
  if (test.p < rules.alpha) return { name, status: "regressed", detail: `${found} < ${rules.alpha}` };
  const power = powerOf(ours.n, theirs.n);
  const stated = `${drop} would be found with power ${power.toFixed(2)}`;
  if (power >= rules.power) return { name, status: "passed", detail: `${found}; ${stated}` };
  return {
    name,
    status: "underpowered",
    detail: `${found}; ${stated}; needs ${requiredTrials(rules, (n) => powerOf(n, n))} on both sides`,
  };
}

/** Accuracy of each completed trial: the final one, or that after `epoch`; undefined where one has none. */
function accuracies({ completed, record }: Side, epoch: number | undefined): number[] | undefined {
  if (epoch === undefined) return completed.map((trial) => trial.finalTestAccuracy);
  const values = completed.flatMap((trial) =>
    judgedEpochs(record.epochs.filter((row) => trialKey(row) === trialKey(trial)))
      .filter(({ row }) => row.epoch === epoch)
      .map(({ accuracy }) => accuracy)
  );
  return values.length === completed.length ? values : undefined;
}

function pairedPower(
  differences: readonly number[],
  unit: number,
  { drop, alpha }: RegressionRules,
): (n: number) => number {
  const deviation = leastDeviation(describe(differences)?.deviation ?? 0, { unit });
  return (n) => oneSamplePower(n, { shift: drop, deviation, alpha });
}

function powerUnpaired(
  deviationA: number,
  deviationB: number,
  { drop, alpha }: RegressionRules,
): (countA: number, countB: number) => number {
  return (countA, countB) =>
    unpairedPower({ countA, countB, deviationA, deviationB }, { shift: drop, alpha });
}

function requiredTrials({ power }: RegressionRules, powerOf: (n: number) => number): string {
  return trialsWords(requiredCount(power, powerOf));
}

/** `n ≥ 12`. */
function trialsWords(n: number | undefined): string {
  return n === undefined ? `more than ${formatCount(MOST_TRIALS)}` : `n ≥ ${formatCount(n)}`;
}

/** Mann and Whitney's test, in which a trial that never reached the target is later than any. */
function compareEpochToTarget(here: Side, there: Side, rules: RegressionRules): Check {
  const name = "epochToTarget";
  const skip = (detail: string): Check => ({ name, status: "notCompared", detail });
  if (here.stopped || there.stopped) return skip("trials stopped early");
  const values = epochsToTarget(here.trials), wanted = epochsToTarget(there.trials);
  if (values === undefined) return skip(NOT_EVERY_EPOCH);
  if (wanted === undefined) return skip(`in the reference ${NOT_EVERY_EPOCH}`);
  if (!wanted.some(Number.isFinite)) {
    return skip(`${formatPercent(TARGET_ACCURACY, 1)} % not reached in the reference`);
  }
  const words = (list: readonly number[]) => {
    const reached = list.filter(Number.isFinite).length;
    const middle = median(list);
    return `${middle === undefined ? "never" : formatMedian(middle)} (${reached} of ${list.length})`;
  };
  const { p } = mannWhitneyTest(values, wanted, "greater");
  const found = `median ${words(values)} against ${words(wanted)}; Mann-Whitney test for later: ${
    pWords(p, rules.alpha)
  }`;
  if (p < rules.alpha) return { name, status: "regressed", detail: `${found} < ${rules.alpha}` };
  // What is worst, no trial that reaches it, ties with those of the reference that do not.
  const leastP = (count: number) => mannWhitneyTest(Array<number>(count).fill(Infinity), wanted, "greater").p;
  const least = leastP(values.length);
  const stated = `${found}; if none reached it: ${pWords(least, rules.alpha)}`;
  if (least < rules.alpha) return { name, status: "passed", detail: stated };
  const needed = requiredCount(1, (count) => leastP(count) < rules.alpha ? 1 : 0);
  return {
    name,
    status: "underpowered",
    detail: `${stated}; needs ${trialsWords(needed)} against this reference`,
  };
}

function compareSpeed(id: number, here: Side, there: Side, { leastSpeed }: RegressionRules): Check {
  const name = "speed";
  const ours = conditionsOf(id, here.record), theirs = conditionsOf(id, there.record);
  if (ours === undefined || theirs === undefined || !sameConditions(ours, theirs)) {
    return { name, status: "notCompared", detail: "another machine, device or number of workers" };
  }
  const rate = ({ record }: Side) =>
    median(record.timing.filter((row) => row.iteration === id).map((row) => row.trainImagesPerSecond));
  const now = rate(here), before = rate(there);
  if (now === undefined || before === undefined) return { name, status: "notCompared", detail: "no times" };
  const ratio = now / before;
  const limit = leastSpeed === undefined ? "" : `, at least ${leastSpeed.toFixed(2)} wanted`;
  return {
    name,
    status: leastSpeed === undefined ? "shown" : ratio < leastSpeed ? "regressed" : "passed",
    detail: `${ratio.toFixed(2)} times the reference (${formatCount(now)} and ${
      formatCount(before)
    } images/s)${limit}`,
  };
}
