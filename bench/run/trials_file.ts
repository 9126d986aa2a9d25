/**
 * `trials.csv`, whose columns say on which images its accuracies are: `finalTestAccuracy` in most runs,
 * `finalValidationAccuracy` where training images were held out and the test set was never looked at.
 *
 * @module
 */
import { formatCsv, formatRows, parseCsv, type RowOf } from "./csv.ts";
import {
  type EpochRow,
  groupByTrial,
  judgedEpochs,
  TRIAL_COLUMNS,
  type TrialCells,
  type TrialCourse,
  trialKey,
  type TrialRow,
} from "./rows.ts";
import type { RunIdentity } from "./manifest.ts";
import { courseOf } from "./summary.ts";

const { iteration, seed, status, epochs, parameters, finalTestAccuracy, bestTestAccuracy, ...rest } =
  TRIAL_COLUMNS;
const VALIDATION_COLUMNS = {
  iteration,
  seed,
  status,
  epochs,
  parameters,
  finalValidationAccuracy: finalTestAccuracy,
  bestValidationAccuracy: bestTestAccuracy,
  ...rest,
} as const;

/** Which images the accuracies are of. */
type Evaluated = Pick<RunIdentity, "validation">;

/** Reads the file's text; `epochs` are all of the folder. @throws {UsageError} As `parseCsv`. */
export function parseTrials(
  text: string,
  { validation }: Evaluated,
  options: { readonly name: string; readonly repair?: boolean; readonly epochs: readonly EpochRow[] },
): TrialRow[] {
  const ofTrial = groupByTrial(options.epochs);
  const cells = validation === undefined
    ? parseCsv(TRIAL_COLUMNS, text, options)
    : parseCsv(VALIDATION_COLUMNS, text, options).map((
      { finalValidationAccuracy, bestValidationAccuracy, ...row },
    ) => ({ ...row, finalTestAccuracy: finalValidationAccuracy, bestTestAccuracy: bestValidationAccuracy }));
  return cells.map(({ bestTestAccuracy, bestEpoch, epochToTarget, ...known }) => ({
    ...known,
    course: knownCourse({ bestTestAccuracy, bestEpoch, epochToTarget }, ofTrial.get(trialKey(known)) ?? []),
  }));
}

/**
 * The course that a row tells of.
 *
 * Files of earlier versions took the epochs in which the test set was looked at for all of them, so that they name the
 * last as the best where it was the only one. That is left out; anything else stays, and whoever checks will see it.
 */
function knownCourse(
  cells: Pick<TrialCells, keyof TrialCourse>,
  epochs: readonly EpochRow[],
): TrialCourse | undefined {
  const { bestTestAccuracy = NaN, bestEpoch = NaN, epochToTarget = "never" } = cells;
  if (Number.isNaN(bestTestAccuracy) && Number.isNaN(bestEpoch) && epochToTarget === "never") {
    return undefined;
  }
  const told: TrialCourse = { bestTestAccuracy, bestEpoch, epochToTarget }, judged = judgedEpochs(epochs);
  if (judged.length === 0 || judged.length === epochs.length) return told;
  const ofSome = courseOf(judged);
  const isOfSome = (Object.keys(told) as (keyof TrialCourse)[]).every((name) => told[name] === ofSome[name]);
  return isOfSome ? undefined : told;
}

/** The row as the file has it. */
export function cellsOf({ course, ...row }: TrialRow): TrialCells {
  const { bestTestAccuracy, bestEpoch, epochToTarget } = course ?? {};
  return {
    ...row,
    bestTestAccuracy,
    bestEpoch,
    epochToTarget: epochToTarget === "never" ? undefined : epochToTarget,
  };
}

/** The file's text. */
export function formatTrials(rows: readonly TrialRow[], { validation }: Evaluated): string {
  return validation === undefined
    ? formatCsv(TRIAL_COLUMNS, rows.map(cellsOf))
    : formatCsv(VALIDATION_COLUMNS, rows.map(toValidationRow));
}

/** One line of the file. */
export function formatTrial(row: TrialRow, { validation }: Evaluated): string {
  return validation === undefined
    ? formatRows(TRIAL_COLUMNS, [cellsOf(row)])
    : formatRows(VALIDATION_COLUMNS, [toValidationRow(row)]);
}

function toValidationRow(row: TrialRow): RowOf<typeof VALIDATION_COLUMNS> {
  const { finalTestAccuracy, bestTestAccuracy, ...others } = cellsOf(row);
  return { ...others, finalValidationAccuracy: finalTestAccuracy, bestValidationAccuracy: bestTestAccuracy };
}
