/**
 * Where the errors of an iteration's trials lie: counted by writer from predictions and test labels, kept as
 * `errors.csv`.
 *
 * @module
 */
import { join } from "node:path";
import { UsageError } from "../command_line/errors.ts";
import { compareRows, type ErrorRow, isCompleted, type TrialRow } from "./rows.ts";
import { predictionsPath } from "./run_record.ts";
import { MISSING_WRITERS, type TestLabels } from "./test_labels.ts";
import { readBytesIfThere } from "./whole_files.ts";

/**
 * Rows of every iteration, one for each writer, or a single one where writers are not known.
 *
 * Only trials whose predictions are there count.
 * @throws {UsageError} If a predictions file does not hold a digit for every label.
 */
export function countErrors(folder: string, trials: readonly TrialRow[], test: TestLabels): ErrorRow[] {
  const completed = trials.filter(isCompleted).sort(compareRows);
  const ids = [...new Set(completed.map(({ iteration }) => iteration))];
  return ids.flatMap((iteration) => {
    const wrong = new Uint32Array(test.labels.length);
    let count = 0;
    for (const trial of completed.filter((each) => each.iteration === iteration)) {
      const predictions = readBytesIfThere(folder, predictionsPath(trial));
      if (predictions === undefined) continue;
      if (predictions.length !== test.labels.length) {
        throw new UsageError(
          `Cannot read "${
            join(folder, predictionsPath(trial))
          }": expected ${test.labels.length} digits as there are test labels, got ${predictions.length}`,
        );
      }
      count++;
      predictions.forEach((digit, image) => wrong[image] += +(digit !== test.labels[image]));
    }
    return count === 0 ? [] : rowsOf(iteration, { wrong, trials: count, test });
  });
}

function rowsOf(
  iteration: number,
  { wrong, trials, test }: {
    readonly wrong: Uint32Array;
    readonly trials: number;
    readonly test: TestLabels;
  },
): ErrorRow[] {
  const { writers, doubted } = test;
  const known = writers === undefined || writers === MISSING_WRITERS ? undefined : writers;
  const doubtedImages = doubted && new Set(doubted);
  const rows = new Map<number | undefined, { -readonly [Name in keyof ErrorRow]: ErrorRow[Name] }>();
  wrong.forEach((count, image) => {
    const writer = known?.writer[image];
    let row = rows.get(writer);
    if (row === undefined) {
      row = {
        iteration,
        writer,
        series: known?.series[image],
        images: 0,
        trials,
        wrong: 0,
        disagreements: 0,
        doubtedImages: doubtedImages && 0,
        doubtedWrong: doubtedImages && 0,
      };
      rows.set(writer, row);
    }
    row.images++;
    row.wrong += count;
    row.disagreements += count * (trials - count);
    if (doubtedImages?.has(image)) {
      row.doubtedImages = row.doubtedImages! + 1;
      row.doubtedWrong = row.doubtedWrong! + count;
    }
  });
  return [...rows.values()].sort((a, b) => (a.writer ?? 0) - (b.writer ?? 0));
}
