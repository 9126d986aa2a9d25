/**
 * What the counts of `errors.csv` come to, without images: the error of the mean that counts writers and not images,
 * each half of the test set for itself, accuracy without doubted labels, and the spread that independent errors give.
 *
 * @module
 */
import { clusteredVariance } from "../statistics/mod.ts";
import { type ErrorRow, isCompleted, type TrialRow } from "./rows.ts";

/** Series of NIST's forms that high-school students filled in; employees of the Census Bureau filled in the others. */
const STUDENTS = 4;

/** Accuracy on a part of the test images, over all trials. */
export interface PartAccuracy {
  readonly images: number;
  readonly accuracy: number;
}

/** What the counts of one iteration come to; accuracies are fractions. */
export interface ErrorSummary {
  /**
   * Sample deviation of the final accuracy that trials would have whose errors on each image are independent of each
   * other: √(Σ p(1 − p))/N with each image's own error rate p, of which Σ k(n − k)/(n(n − 1)) is an unbiased estimate.
   * Absent for a single trial. Source: Jordan (2023), arXiv:2304.01910.
   */
  readonly expectedDeviation?: number;
  /** Standard error of the mean final accuracy for other test images, by other writers; with how many writers. */
  readonly ofWriters?: { readonly standardError: number; readonly count: number };
  /** The halves of the test set. */
  readonly students?: PartAccuracy;
  readonly employees?: PartAccuracy;
  /** Without the images whose label people doubt. */
  readonly undoubted?: PartAccuracy;
}

/** Sums up an iteration's rows; undefined where there are none, or of another number of trials than `trials`. */
export function summarizeErrors(
  rows: readonly ErrorRow[],
  { iteration, trials }: { readonly iteration: number; readonly trials: number },
): ErrorSummary | undefined {
  const mine = rows.filter((row) => row.iteration === iteration);
  if (mine.length === 0 || mine.some((row) => row.trials !== trials)) return undefined;
  const sum = (of: readonly ErrorRow[], value: (row: ErrorRow) => number) =>
    of.reduce((total, row) => total + value(row), 0);
  const images = sum(mine, (row) => row.images);
  const part = (of: readonly ErrorRow[]): PartAccuracy | undefined => {
    const count = sum(of, (row) => row.images);
    return count === 0
      ? undefined
      : { images: count, accuracy: 1 - sum(of, (row) => row.wrong) / (count * trials) };
  };
  const hasWriters = mine.every((row) => row.writer !== undefined);
  const hasDoubts = mine.every((row) => row.doubtedImages !== undefined);
  const certain = images - sum(mine, (row) => row.doubtedImages ?? 0);
  return {
    expectedDeviation: trials < 2
      ? undefined
      : Math.sqrt(sum(mine, (row) => row.disagreements) / (trials * (trials - 1))) / images,
    ...(hasWriters && mine.length > 1
      ? {
        ofWriters: {
          standardError: Math.sqrt(clusteredVariance(
            mine.map((row) => row.wrong / trials),
            mine.map((row) => row.images),
          )),
          count: mine.length,
        },
        students: part(mine.filter((row) => row.series === STUDENTS)),
        employees: part(mine.filter((row) => row.series !== STUDENTS)),
      }
      : {}),
    ...(hasDoubts && certain > 0
      ? {
        undoubted: {
          images: certain,
          accuracy: 1 - sum(mine, (row) => row.wrong - (row.doubtedWrong ?? 0)) / (certain * trials),
        },
      }
      : {}),
  };
}

/**
 * What is wrong with an iteration's counts, held against its trials; undefined where nothing is.
 *
 * It needs no labels: how many images a trial gets right is recorded without them.
 */
export function errorsProblem(
  rows: readonly ErrorRow[],
  iteration: number,
  { trials, testImages }: { readonly trials: readonly TrialRow[]; readonly testImages: number },
): string | undefined {
  const mine = rows.filter((row) => row.iteration === iteration);
  const completed = trials.filter(isCompleted).filter((trial) => trial.iteration === iteration);
  // counted before trials were added: it is not used, and counted again when the run goes on
  if (mine.length === 0 || mine.some((row) => row.trials !== completed.length)) return undefined;
  const sum = (value: (row: ErrorRow) => number) => mine.reduce((total, row) => total + value(row), 0);
  const images = sum((row) => row.images);
  if (images !== testImages) {
    return `iteration ${iteration} has ${images} images in errors.csv, expected ${testImages}`;
  }
  const wrong = sum((row) => row.wrong);
  const recorded = completed.reduce(
    (total, trial) => total + testImages - Math.round(trial.finalTestAccuracy * testImages),
    0,
  );
  return wrong === recorded
    ? undefined
    : `iteration ${iteration} has ${wrong} errors in errors.csv and ${recorded} by trials.csv`;
}
