/**
 * Which digits are taken for which: counted from a trial's predictions and the test labels, kept as `confusion.csv`.
 *
 * @module
 */
import { join } from "node:path";
import { CLASS_COUNT } from "../../models/shape.ts";
import { UsageError } from "../command_line/errors.ts";
import {
  compareRows,
  type ConfusionRow,
  groupByTrial,
  isCompleted,
  type TrialId,
  trialKey,
  type TrialRow,
} from "./rows.ts";
import { predictionsPath } from "./run_record.ts";
import { readBytesIfThere } from "./whole_files.ts";

/** `counts[label][predicted]`. */
export type Confusion = readonly (readonly number[])[];

/**
 * Rows of every completed trial whose predictions are there, by iteration, seed, label and prediction.
 *
 * @throws {UsageError} If a predictions file does not hold a digit for every label.
 */
export function countConfusion(
  folder: string,
  trials: readonly TrialRow[],
  labels: Uint8Array,
): ConfusionRow[] {
  return trials.filter(isCompleted).sort(compareRows).flatMap((trial) => {
    const predictions = readPredictions(folder, trial);
    if (predictions === undefined) return [];
    const path = join(folder, predictionsPath(trial));
    if (predictions.length !== labels.length) {
      throw new UsageError(
        `Cannot read "${path}": expected ${labels.length} digits as there are test labels, got ${predictions.length}`,
      );
    }
    const counts = emptyConfusion();
    predictions.forEach((predicted, image) => {
      if (predicted >= CLASS_COUNT) {
        throw new UsageError(`Cannot read "${path}": expected digits, got ${predicted} for image ${image}`);
      }
      counts[labels[image]][predicted]++;
    });
    const { iteration, seed } = trial;
    return counts.flatMap((row, label) =>
      row.flatMap((count, predicted) => count === 0 ? [] : [{ iteration, seed, label, predicted, count }])
    );
  });
}

/** The confusion of one trial; undefined where it has no rows. */
export function confusionOf(
  rows: readonly ConfusionRow[] | undefined,
  trial: TrialId,
): Confusion | undefined {
  return confusionsOf(rows, [trial])[0];
}

/** The confusions of trials, in their order; those without rows are left out. */
export function confusionsOf(
  rows: readonly ConfusionRow[] | undefined,
  trials: readonly TrialId[],
): Confusion[] {
  const byTrial = groupByTrial(rows ?? []);
  return trials.flatMap((trial) => {
    const ofTrial = byTrial.get(trialKey(trial));
    if (ofTrial === undefined) return [];
    const counts = emptyConfusion();
    for (const { label, predicted, count } of ofTrial) {
      if (counts[label]?.[predicted] !== undefined) counts[label][predicted] += count;
    }
    return [counts];
  });
}

/** Images of `digit`. */
export function imagesOf(confusion: Confusion, digit: number): number {
  return confusion[digit].reduce((sum, count) => sum + count, 0);
}

/** Share of a digit's images that are recognized. */
export function classAccuracy(confusion: Confusion, digit: number): number {
  return confusion[digit][digit] / imagesOf(confusion, digit);
}

/**
 * What is wrong with a trial's confusion, held against its row and its predictions; undefined where nothing is.
 *
 * It needs no labels: how many images are taken for each digit, and how many rightly, is recorded without them.
 */
export function confusionProblem(
  confusion: Confusion,
  trial: TrialRow,
  options: { readonly folder: string; readonly testImages: number },
): string | undefined {
  const name = trialKey(trial);
  const right = confusion.reduce((sum, row, digit) => sum + row[digit], 0);
  const recorded = Math.round((trial.finalTestAccuracy ?? 0) * options.testImages);
  if (isCompleted(trial) && right !== recorded) {
    return `${name} recognizes ${recorded} of ${options.testImages} images by trials.csv and ${right} by confusion.csv`;
  }
  const predictions = readPredictions(options.folder, trial);
  if (predictions === undefined) return undefined;
  const made = new Array<number>(CLASS_COUNT).fill(0);
  for (const digit of predictions) made[digit]++;
  const digit = made.findIndex((count, each) => count !== confusion.reduce((sum, row) => sum + row[each], 0));
  return digit < 0
    ? undefined
    : `${name} predicts digit ${digit} for ${made[digit]} images in predictions and for ${
      confusion.reduce((sum, row) => sum + row[digit], 0)
    } in confusion.csv`;
}

function emptyConfusion(): number[][] {
  return Array.from({ length: CLASS_COUNT }, () => new Array<number>(CLASS_COUNT).fill(0));
}

function readPredictions(folder: string, trial: TrialId): Uint8Array | undefined {
  return readBytesIfThere(folder, predictionsPath(trial));
}
