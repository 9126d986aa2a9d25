/**
 * The rows of a run folder's CSV files. Accuracies are fractions, losses nats per example.
 *
 * @module
 */
import type { EpochResult } from "../../engine/engine.ts";
import type { RowOf } from "./csv.ts";

/**
 * `epochs.csv`: one row per trial and epoch.
 *
 * Test figures are empty in the epochs in which the test set was not looked at: all but the last of a trial that holds
 * images out. Validation figures are empty where none are held out.
 */
export const EPOCH_COLUMNS = {
  iteration: "number",
  seed: "number",
  epoch: "number",
  trainLoss: "number",
  trainAccuracy: "number",
  validationLoss: "number?",
  validationAccuracy: "number?",
  testLoss: "number?",
  testAccuracy: "number?",
  learningRate: "number",
  weightsDigest: "text",
} as const;
export type EpochRow = RowOf<typeof EPOCH_COLUMNS>;

/**
 * `trials.csv`: one row per trial.
 *
 * `bestTestAccuracy`, `bestEpoch` and `epochToTarget` are empty where the test set was not looked at in every epoch:
 * nobody knows them then. In a validation run `finalTestAccuracy` and `bestTestAccuracy` are of the images that were
 * held out, and the file names them so, see `trials_file.ts`. `status` is `completed`, `diverged` or `failed`; the last
 * two have no accuracies and no digests, and `note` says what happened. `epochs` counts those that ended.
 */
export const TRIAL_COLUMNS = {
  iteration: "number",
  seed: "number",
  status: "text",
  epochs: "number",
  parameters: "number?",
  finalTestAccuracy: "number?",
  bestTestAccuracy: "number?",
  bestEpoch: "number?",
  epochToTarget: "number?",
  weightsDigest: "text?",
  predictionsDigest: "text?",
  note: "text?",
} as const;
export type TrialCells = RowOf<typeof TRIAL_COLUMNS>;

/** What only those know who looked at the test set, or at the images held out, in every epoch of a trial. */
export interface TrialCourse {
  readonly bestTestAccuracy: number;
  /** The first of equal ones. */
  readonly bestEpoch: number;
  /** The first epoch at the challenge's accuracy. */
  readonly epochToTarget: number | "never";
}

/** A row of `trials.csv`, where what is known is told from what is not. */
export type TrialRow = Omit<TrialCells, keyof TrialCourse> & {
  /** Undefined where somebody did not look in every epoch, and for a trial that did not complete. */
  readonly course: TrialCourse | undefined;
};

/** The row of a trial that ran to its end, with what is then always there. */
export type CompletedTrialRow = TrialRow & {
  readonly parameters: number;
  readonly finalTestAccuracy: number;
};

/** `timing.csv`: one row per trial and epoch; the rate is of training, evaluation apart. */
export const TIMING_COLUMNS = {
  iteration: "number",
  seed: "number",
  epoch: "number",
  trainSeconds: "number",
  testSeconds: "number",
  trainImagesPerSecond: "number",
} as const;
export type TimingRow = RowOf<typeof TIMING_COLUMNS>;

/**
 * `confusion.csv`: how often a completed trial took test images of `label` for `predicted`, zeros left out.
 *
 * Derived from `predictions/` and the test labels, so that what each digit gives can be told without the images.
 */
export const CONFUSION_COLUMNS = {
  iteration: "number",
  seed: "number",
  label: "number",
  predicted: "number",
  count: "number",
} as const;
export type ConfusionRow = RowOf<typeof CONFUSION_COLUMNS>;

/**
 * `errors.csv`: where the errors of an iteration's completed trials lie, by the writer of the image.
 *
 * One row for each iteration and writer, or one for each iteration, without a writer, where writers are not known.
 * `wrong` is summed over the trials; `disagreements` counts, over the images, pairs of a trial that is wrong and one
 * that is right. What concerns labels that people doubt is empty where nobody has asked them.
 */
export const ERROR_COLUMNS = {
  iteration: "number",
  writer: "number?",
  series: "number?",
  images: "number",
  trials: "number",
  wrong: "number",
  disagreements: "number",
  doubtedImages: "number?",
  doubtedWrong: "number?",
} as const;
export type ErrorRow = RowOf<typeof ERROR_COLUMNS>;

/** What tells trials apart within a run. */
export interface TrialId {
  readonly iteration: number;
  readonly seed: number;
}

/** A trial's name in file names and keys. */
export function trialKey({ iteration, seed }: TrialId): string {
  return `iteration-${iteration}-seed-${seed}`;
}

/** Canonical order: iteration, seed, epoch. */
export function compareRows(
  a: TrialId & { readonly epoch?: number },
  b: TrialId & { readonly epoch?: number },
): number {
  return a.iteration - b.iteration || a.seed - b.seed || (a.epoch ?? 0) - (b.epoch ?? 0);
}

/** The rows of each trial, by `trialKey`, in the order in which they come. */
export function groupByTrial<Row extends TrialId>(rows: readonly Row[]): ReadonlyMap<string, readonly Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const key = trialKey(row), group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return groups;
}

/** Whether a trial ran to its end. */
export function isCompleted(row: TrialRow): row is CompletedTrialRow {
  return row.status === "completed";
}

/** The row of an epoch's result: what was not measured is an empty cell. */
export function epochRow(trial: TrialId, result: EpochResult): EpochRow {
  const { trainSeconds: _, testSeconds: __, ...measured } = result;
  return {
    ...trial,
    ...measured,
    validationLoss: measured.validationLoss ?? undefined,
    validationAccuracy: measured.validationAccuracy ?? undefined,
    testLoss: measured.testLoss ?? undefined,
    testAccuracy: measured.testAccuracy ?? undefined,
  };
}

/**
 * The accuracies that a trial is summed up by, in order: those of the test set, or, where it was never looked at, those
 * of the images that were held out.
 */
export function judgedEpochs(
  epochs: readonly EpochRow[],
): { readonly row: EpochRow; readonly accuracy: number }[] {
  const isValidation = !epochs.some(isTested);
  return epochs.flatMap((row) => {
    const accuracy = isValidation ? row.validationAccuracy : row.testAccuracy;
    return accuracy === undefined ? [] : [{ row, accuracy }];
  });
}

/** An epoch in which the test set was looked at. */
export type TestedEpochRow = EpochRow & { readonly testAccuracy: number };

/** Whether the test set was looked at in an epoch. */
export const isTested = (row: EpochRow): row is TestedEpochRow => row.testAccuracy !== undefined;
