/**
 * What the trials of each iteration amount to, computed from a run's rows alone.
 *
 * @module
 */
import type { Iteration } from "../../models/iteration.ts";
import { type ErrorSummary, summarizeErrors } from "./error_summary.ts";
import { provenFreshSeeds } from "./fresh_seeds.ts";
import { configHash, type RunIdentity, type Tried } from "./manifest.ts";
import {
  compareRows,
  type CompletedTrialRow,
  type EpochRow,
  isCompleted,
  judgedEpochs,
  type TrialCourse,
  type TrialRow,
} from "./rows.ts";
import type { RunRecord } from "./run_folder.ts";
import {
  binomialStandardError,
  describe,
  type Distribution,
  type Interval,
  median,
  oneSampleTest,
  tInterval,
  wilsonInterval,
} from "../statistics/mod.ts";

/** The challenge's test accuracy; "epoch to 99.4 %" is the first epoch that reaches it. */
export const TARGET_ACCURACY = 0.994;

// Accuracies are whole images over at least hundreds; a mean of them may be off by some 1e-16.
const ROUNDING = 1e-9;

/** Whether an accuracy, or a mean of accuracies, is at least `threshold`; binary fractions are forgiven. */
export function reaches(accuracy: number, threshold: number): boolean {
  return accuracy >= threshold - ROUNDING;
}

/** Said where best epochs and epochs to the target are not known. */
export const NOT_EVERY_EPOCH = "the test set was not looked at in every epoch";

/** The two things that blur a mean accuracy, apart: fractions. */
export interface StandardErrors {
  /** SD/√n: shrinks with more seeds; absent for a single trial. */
  readonly seeds?: number;
  /** Binomial, of so many test images: the same however many seeds. */
  readonly images: number;
}

/** How many trials are at the target, of all. */
export interface Reached {
  readonly count: number;
  /** Wilson's 95 % interval of the share. */
  readonly interval: Interval;
}

/** When trials first reached the target; one that diverged or failed never does. */
export interface TargetEpochs {
  /** Those that did in some epoch. */
  readonly reached: Reached;
  /** Over all trials, never being later than any epoch. */
  readonly median: number | "never";
  /** Of those that reached it; absent where none did. */
  readonly range?: Interval;
}

/** The trials of one iteration, summed up. */
export interface IterationSummary {
  readonly iteration: Iteration;
  /** Every trial, by seed, those that diverged or failed included. */
  readonly trials: readonly TrialRow[];
  readonly completed: readonly CompletedTrialRow[];
  /** Epochs that a trial was to run. */
  readonly epochs: number;
  /** Counted in the trained tensors of the first completed trial. */
  readonly parameters?: number;
  /** Test accuracy after the last epoch, over completed trials. */
  readonly final?: Distribution;
  /** Student's 95 % interval of the mean final accuracy: what other seeds would give. */
  readonly finalInterval?: Interval;
  readonly standardErrors?: StandardErrors;
  /** Where the errors lie; absent where nobody has counted them yet. */
  readonly errors?: ErrorSummary;
  /** One-sided t test that the mean final accuracy is above the target. */
  readonly pAboveTarget?: number;
  /**
   * Highest test accuracy of all epochs, over completed trials: optimistic, because the test set chose the epoch. This and
   * the two below are absent where it was not looked at in every epoch.
   */
  readonly best?: Distribution;
  readonly bestEpochMedian?: number;
  /** Best minus final: what choosing the epoch with the test set adds. */
  readonly bestGap?: Distribution;
  /** Train minus test accuracy in the last epoch; train is in training mode, on augmented images. */
  readonly trainGap?: Distribution;
  /** Trials whose final accuracy is at the target. */
  readonly reachedAtEnd: Reached;
  /** Absent where the test set was not looked at in every epoch. */
  readonly target?: TargetEpochs;
  /** Of each epoch, over completed trials; undefined where the test set was not looked at in that epoch. */
  readonly testAccuracies: readonly (Distribution | undefined)[];
  readonly trainAccuracies: readonly (Distribution | undefined)[];
}

/** What a run's iterations amount to, and what they were measured with. */
export interface RunSummary {
  readonly identity: RunIdentity & { readonly tried?: Tried };
  /** Those of the seeds that a commit gave. */
  readonly freshSeeds: ReadonlySet<number>;
  readonly iterations: readonly IterationSummary[];
}

/**
 * Sums up every iteration that has trials.
 *
 * `catalog` gives today's criteria and claims; an iteration that is not in it, or has been edited since, counts as it
 * was recorded.
 */
export function summarizeRun(record: RunRecord, catalog: readonly Iteration[]): RunSummary {
  const { manifest } = record;
  const iterations = manifest.iterations
    .map((recorded) =>
      catalog.find((each) => each.id === recorded.id && configHash(each) === recorded.configHash) ?? recorded
    )
    .filter(({ id }) => record.trials.some((trial) => trial.iteration === id))
    .map((iteration) => summarizeIteration(iteration, record));
  return { identity: manifest, freshSeeds: provenFreshSeeds(manifest.freshSeeds ?? []), iterations };
}

/** Sums up one iteration. */
export function summarizeIteration(iteration: Iteration, record: RunRecord): IterationSummary {
  const ofThis = <Row extends TrialRow | EpochRow>(rows: readonly Row[]) =>
    rows.filter((row) => row.iteration === iteration.id).sort(compareRows);
  const trials = ofThis(record.trials);
  const completed = trials.filter(isCompleted);
  const seeds = new Set(completed.map((trial) => trial.seed));
  const epochRows = ofThis(record.epochs).filter((row) => seeds.has(row.seed));
  const epochs = Math.min(iteration.training.epochs, record.manifest.epochs ?? Infinity);
  const perEpoch = (value: (row: EpochRow) => number | undefined) =>
    Array.from({ length: epochs }, (_, index) => epochRows.filter((row) => row.epoch === index + 1))
      .map((rows) => describe(rows.map(value).filter((each) => each !== undefined)));
  const final = describe(completed.map((trial) => trial.finalTestAccuracy));
  const courses = coursesOf(completed) ?? [];
  const image = 1 / record.manifest.dataset.testImages;
  const lengths = new Map(completed.map((trial) => [trial.seed, trial.epochs]));
  const lastEpochs = epochRows.filter((row) => row.epoch === lengths.get(row.seed));
  return {
    iteration,
    trials,
    completed,
    epochs,
    parameters: completed[0]?.parameters,
    final,
    finalInterval: final && accuracyInterval(final, image),
    standardErrors: final && standardErrors(final, record.manifest.dataset.testImages),
    errors: summarizeErrors(record.errors ?? [], { iteration: iteration.id, trials: completed.length }),
    pAboveTarget: pAboveTarget(completed, image),
    best: describe(courses.map((course) => course.bestTestAccuracy)),
    bestEpochMedian: median(courses.map((course) => course.bestEpoch)),
    bestGap: describe(courses.map((course, at) => course.bestTestAccuracy - completed[at].finalTestAccuracy)),
    trainGap: describe(judgedEpochs(lastEpochs).map(({ row, accuracy }) => row.trainAccuracy - accuracy)),
    reachedAtEnd: reachedBy(
      completed.filter((trial) => reaches(trial.finalTestAccuracy, TARGET_ACCURACY)).length,
      trials.length,
    ),
    target: targetEpochs(trials),
    testAccuracies: perEpoch((row) =>
      record.manifest.validation === undefined ? row.testAccuracy : row.validationAccuracy
    ),
    trainAccuracies: perEpoch((row) => row.trainAccuracy),
  };
}

function standardErrors({ n, mean, deviation }: Distribution, testImages: number): StandardErrors {
  return {
    seeds: deviation === undefined ? undefined : deviation / Math.sqrt(n),
    images: binomialStandardError(mean, testImages),
  };
}

function pAboveTarget(completed: readonly CompletedTrialRow[], unit: number): number | undefined {
  if (completed.length < 2) return undefined;
  const finals = completed.map((trial) => trial.finalTestAccuracy);
  return oneSampleTest(finals, TARGET_ACCURACY, { alternative: "greater", unit }).p;
}

function reachedBy(count: number, trials: number): Reached {
  return { count, interval: wilsonInterval(count, trials) };
}

function targetEpochs(trials: readonly TrialRow[]): TargetEpochs | undefined {
  const epochs = epochsToTarget(trials), reached = epochs?.filter(Number.isFinite) ?? [];
  return epochs && {
    reached: reachedBy(reached.length, trials.length),
    median: median(epochs) ?? "never",
    ...(reached.length === 0 ? {} : { range: { low: Math.min(...reached), high: Math.max(...reached) } }),
  };
}

/** The course of each trial; undefined where that of one is not known. */
export function coursesOf(completed: readonly CompletedTrialRow[]): TrialCourse[] | undefined {
  const courses = completed.flatMap(({ course }) => course ?? []);
  return courses.length === completed.length ? courses : undefined;
}

/**
 * The first epoch at the target of each trial, `Infinity` for one that never reached it or did not complete; undefined
 * where the test set was not looked at in every epoch of all that did.
 */
export function epochsToTarget(trials: readonly TrialRow[]): number[] | undefined {
  if (coursesOf(trials.filter(isCompleted)) === undefined) return undefined;
  return trials.map(({ course }) =>
    course === undefined || course.epochToTarget === "never" ? Infinity : course.epochToTarget
  );
}

/** What a completed trial's row says about its epochs. */
export function summarizeTrial(
  epochs: readonly EpochRow[],
): Pick<CompletedTrialRow, "finalTestAccuracy" | "course"> {
  const judged = judgedEpochs(epochs), last = judged.at(-1);
  if (last === undefined || last.row !== epochs.at(-1)) {
    throw new Error("Cannot sum up a trial: expected the test set to be looked at after its last epoch");
  }
  return {
    finalTestAccuracy: last.accuracy,
    course: judged.length === epochs.length ? courseOf(judged) : undefined,
  };
}

/** What these epochs, at least one, come to. */
export function courseOf(judged: ReturnType<typeof judgedEpochs>): TrialCourse {
  const best = judged.reduce((a, b) => b.accuracy > a.accuracy ? b : a);
  return {
    bestTestAccuracy: best.accuracy,
    bestEpoch: best.row.epoch,
    epochToTarget: judged.find(({ accuracy }) => reaches(accuracy, TARGET_ACCURACY))?.row.epoch ?? "never",
  };
}

/** Student's interval of a mean accuracy, as far as accuracies go: few and scattered trials would take it further. */
function accuracyInterval(final: Distribution, unit: number): Interval | undefined {
  const interval = tInterval(final, { unit });
  return interval && { low: Math.max(0, interval.low), high: Math.min(1, interval.high) };
}
