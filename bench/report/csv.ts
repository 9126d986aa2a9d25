/**
 * `summary.csv`: one row per iteration, unrounded, accuracies as fractions, intervals at 95 %.
 *
 * @module
 */
import { formatCsv, type RowOf } from "../run/csv.ts";
import type { JudgedIteration, Report } from "./report.ts";

const SUMMARY_COLUMNS = {
  iteration: "number",
  parameters: "number?",
  trials: "number",
  completed: "number",
  epochs: "number",
  finalTestAccuracyMean: "number?",
  finalTestAccuracyDeviation: "number?",
  finalTestAccuracyMin: "number?",
  finalTestAccuracyMax: "number?",
  finalTestAccuracyMeanLow: "number?",
  finalTestAccuracyMeanHigh: "number?",
  standardErrorOfSeeds: "number?",
  standardErrorOfTestImages: "number?",
  standardErrorOfWriters: "number?",
  expectedDeviation: "number?",
  studentsAccuracy: "number?",
  employeesAccuracy: "number?",
  undoubtedAccuracy: "number?",
  bestTestAccuracyMean: "number?",
  bestTestAccuracyDeviation: "number?",
  bestTestAccuracyMin: "number?",
  bestTestAccuracyMax: "number?",
  bestEpochMedian: "number?",
  bestMinusFinalMean: "number?",
  trainMinusTestMean: "number?",
  meanAboveTargetP: "number?",
  reachedTarget: "number?",
  reachedTargetShareLow: "number?",
  reachedTargetShareHigh: "number?",
  epochToTargetMedian: "number?",
  epochToTargetMin: "number?",
  epochToTargetMax: "number?",
  claimedParameters: "number?",
  claimedBestTestAccuracy: "number?",
  claimedEpoch: "number?",
  criteria: "text",
  challenge: "text",
  claim: "text",
} as const;

/** The text of `summary.csv`. */
export function serializeCsv(report: Report): string {
  const text = formatCsv(SUMMARY_COLUMNS, report.iterations.map(summaryRow));
  if (report.identity.validation === undefined) return text;
  const [header] = text.split("\n", 1);
  return header.replaceAll(/(?<!claimedBest)Test(?=Accuracy|Images)|(?<=trainMinus)Test/g, "Validation") +
    text.slice(header.length);
}

function summaryRow({ summary, verdicts }: JudgedIteration): RowOf<typeof SUMMARY_COLUMNS> {
  const { iteration, final, best, target } = summary;
  return {
    iteration: iteration.id,
    parameters: summary.parameters,
    trials: summary.trials.length,
    completed: summary.completed.length,
    epochs: summary.epochs,
    finalTestAccuracyMean: final?.mean,
    finalTestAccuracyDeviation: final?.deviation,
    finalTestAccuracyMin: final?.min,
    finalTestAccuracyMax: final?.max,
    finalTestAccuracyMeanLow: summary.finalInterval?.low,
    finalTestAccuracyMeanHigh: summary.finalInterval?.high,
    standardErrorOfSeeds: summary.standardErrors?.seeds,
    standardErrorOfTestImages: summary.standardErrors?.images,
    standardErrorOfWriters: summary.errors?.ofWriters?.standardError,
    expectedDeviation: summary.errors?.expectedDeviation,
    studentsAccuracy: summary.errors?.students?.accuracy,
    employeesAccuracy: summary.errors?.employees?.accuracy,
    undoubtedAccuracy: summary.errors?.undoubted?.accuracy,
    bestTestAccuracyMean: best?.mean,
    bestTestAccuracyDeviation: best?.deviation,
    bestTestAccuracyMin: best?.min,
    bestTestAccuracyMax: best?.max,
    bestEpochMedian: summary.bestEpochMedian,
    bestMinusFinalMean: summary.bestGap?.mean,
    trainMinusTestMean: summary.trainGap?.mean,
    meanAboveTargetP: summary.pAboveTarget,
    reachedTarget: target?.reached.count,
    reachedTargetShareLow: target?.reached.interval.low,
    reachedTargetShareHigh: target?.reached.interval.high,
    epochToTargetMedian: target?.median === "never" ? undefined : target?.median,
    epochToTargetMin: target?.range?.low,
    epochToTargetMax: target?.range?.high,
    claimedParameters: iteration.claim?.parameters,
    claimedBestTestAccuracy: iteration.claim?.bestTestAccuracy,
    claimedEpoch: iteration.claim?.epoch,
    criteria: verdicts.criteria.status,
    challenge: verdicts.challenge.status,
    claim: verdicts.claim.status,
  };
}
