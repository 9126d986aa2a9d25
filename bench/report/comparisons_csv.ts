/**
 * `comparisons.csv` of published results: every two iterations compared, each pair for itself.
 *
 * @module
 */
import { compareSides, type NoVerdict, type PairComparison, type Verdict } from "../compare/compare.ts";
import { COMPARE_DEFAULTS } from "../compare/rules.ts";
import { sidesOfRun } from "../compare/gather_sides.ts";
import { formatCsv, type RowOf } from "../run/csv.ts";
import type { RunRecord } from "../run/run_record.ts";
import type { TestLabels } from "../run/test_labels.ts";

/** The file. */
export const COMPARISONS = "comparisons.csv";

const COLUMNS = {
  a: "number",
  b: "number",
  seeds: "number",
  difference: "number",
  imagesLow: "number?",
  imagesHigh: "number?",
  imagesP: "number?",
  imagesVerdict: "text",
  digitsLow: "number?",
  digitsHigh: "number?",
  digitsP: "number?",
  digitsVerdict: "text",
  rightOnlyInA: "number",
  rightOnlyInB: "number",
  mcnemarP: "number?",
} as const;

/** A row: iterations `a` and `b`, the difference b − a as a fraction. */
export type ComparisonRow = RowOf<typeof COLUMNS>;

/** Compares every two iterations of a run. */
export function comparePublished(folder: string, record: RunRecord, test: TestLabels): ComparisonRow[] {
  const sides = sidesOfRun(folder, record);
  return sides.flatMap((a, index) =>
    sides.slice(index + 1).map((b) => {
      const { pairs: [pair] } = compareSides([a, b], test, COMPARE_DEFAULTS);
      return row(a.iteration.id, b.iteration.id, pair);
    })
  );
}

function row(a: number, b: number, pair: PairComparison): ComparisonRow {
  const known = (verdict: Verdict | NoVerdict) => verdict.status === "notJudged" ? undefined : verdict;
  const images = known(pair.images), digits = known(pair.digits);
  return {
    a,
    b,
    seeds: pair.seeds?.length ?? 0,
    difference: pair.difference,
    imagesLow: images?.interval.low,
    imagesHigh: images?.interval.high,
    imagesP: images?.p,
    imagesVerdict: pair.images.status,
    digitsLow: digits?.interval.low,
    digitsHigh: digits?.interval.high,
    digitsP: digits?.p,
    digitsVerdict: pair.digits.status,
    rightOnlyInA: pair.discordant.onlyA,
    rightOnlyInB: pair.discordant.onlyB,
    mcnemarP: pair.pooled?.p,
  };
}

/** The text of the file. */
export function serializeComparisons(rows: readonly ComparisonRow[]): string {
  return formatCsv(COLUMNS, rows);
}
