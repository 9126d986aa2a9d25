/**
 * `trials.csv`, whose columns say on which images its accuracies are: `finalTestAccuracy` in most runs,
 * `finalValidationAccuracy` where training images were held out and the test set was never looked at.
 *
 * @module
 */
import { formatCsv, formatRows, parseCsv, type RowOf } from "./csv.ts";
import { TRIAL_COLUMNS, type TrialRow } from "./rows.ts";
import type { RunIdentity } from "./manifest.ts";

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

/** Reads the file's text. @throws {UsageError} As `parseCsv`. */
export function parseTrials(
  text: string,
  { validation }: Evaluated,
  options: { readonly name: string; readonly repair?: boolean },
): TrialRow[] {
  if (validation === undefined) return parseCsv(TRIAL_COLUMNS, text, options);
  return parseCsv(VALIDATION_COLUMNS, text, options).map((
    { finalValidationAccuracy, bestValidationAccuracy, ...row },
  ) => ({ ...row, finalTestAccuracy: finalValidationAccuracy, bestTestAccuracy: bestValidationAccuracy }));
}

/** The file's text. */
export function formatTrials(rows: readonly TrialRow[], { validation }: Evaluated): string {
  return validation === undefined
    ? formatCsv(TRIAL_COLUMNS, rows)
    : formatCsv(VALIDATION_COLUMNS, rows.map(toValidationRow));
}

/** One line of the file. */
export function formatTrial(row: TrialRow, { validation }: Evaluated): string {
  return validation === undefined
    ? formatRows(TRIAL_COLUMNS, [row])
    : formatRows(VALIDATION_COLUMNS, [toValidationRow(row)]);
}

function toValidationRow(row: TrialRow): RowOf<typeof VALIDATION_COLUMNS> {
  const { finalTestAccuracy, bestTestAccuracy, ...others } = row;
  return { ...others, finalValidationAccuracy: finalTestAccuracy, bestValidationAccuracy: bestTestAccuracy };
}
