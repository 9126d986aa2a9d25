/**
 * The document that `--json` prints: what `SUMMARY.md` says and the timing, unrounded.
 *
 * @module
 */
import { canonicalJson, SCHEMA } from "../run/manifest.ts";
import { cellsOf } from "../run/trials_file.ts";
import type { Report } from "./report.ts";

/** One JSON document, keys sorted. */
export function serializeJson(
  report: Report,
  run: { readonly folder: string; readonly outcome: string; readonly exitCode: number },
): string {
  const document = {
    schema: SCHEMA,
    ...run,
    dataset: report.identity.dataset,
    validation: report.identity.validation,
    tried: report.identity.tried,
    engine: report.identity.engine,
    quick: report.identity.quick,
    epochs: report.identity.epochs,
    freshSeeds: [...report.freshSeeds].sort((a, b) => a - b),
    claims: report.claims,
    iterations: report.iterations.map(({ summary, verdicts }) => ({
      id: summary.iteration.id,
      title: summary.iteration.title,
      parameters: summary.parameters,
      epochs: summary.epochs,
      finalTestAccuracy: summary.final,
      finalTestAccuracyInterval: summary.finalInterval,
      standardErrors: summary.standardErrors,
      errors: summary.errors,
      meanAboveTargetP: summary.pAboveTarget,
      bestTestAccuracy: summary.best,
      bestEpochMedian: summary.bestEpochMedian,
      bestMinusFinal: summary.bestGap,
      trainMinusTest: summary.trainGap,
      // absent where the test set was not looked at in every epoch
      reachedTarget: summary.target?.reached.count,
      reachedTargetInterval: summary.target?.reached.interval,
      epochToTargetMedian: summary.target?.median === "never" ? undefined : summary.target?.median,
      epochToTargetRange: summary.target?.range,
      claim: summary.iteration.claim,
      verdicts,
      trials: summary.trials.map(cellsOf),
      timing: report.timing.filter((row) => row.iteration === summary.iteration.id),
    })),
  };
  const text = JSON.stringify(JSON.parse(canonicalJson(document)), null, 2) + "\n";
  if (report.identity.validation === undefined) return text;
  // as in the files: whose images the figures are of is in their names
  return text.replaceAll(/"(best|final|trainMinus)Test(\w*)":/g, '"$1Validation$2":');
}
