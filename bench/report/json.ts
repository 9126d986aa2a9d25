/**
 * The document that `--json` prints: what `SUMMARY.md` says and the timing, unrounded.
 *
 * @module
 */
import { canonicalJson, SCHEMA } from "../run/manifest.ts";
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
      reachedTarget: summary.reached,
      reachedTargetInterval: summary.reachedInterval,
      epochToTargetMedian: summary.epochToTargetMedian,
      epochToTargetRange: summary.epochToTargetRange,
      claim: summary.iteration.claim,
      verdicts,
      trials: summary.trials,
      timing: report.timing.filter((row) => row.iteration === summary.iteration.id),
    })),
  };
  return JSON.stringify(JSON.parse(canonicalJson(document)), null, 2) + "\n";
}
