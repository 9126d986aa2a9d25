/**
 * Two of the three verdicts on an iteration, kept apart.
 *
 * Criteria are what the project asserts, and alone set the exit code. The challenge (at least 99.4 % test accuracy
 * within 20 epochs with fewer than 20,000 parameters) is shown and never an error, as is the third verdict, on the
 * claim (`claims/`).
 *
 * @module
 */
import {
  formatCount,
  formatMean,
  formatPercent,
  formatPercentApart,
  plural,
  pWords,
} from "../command_line/format.ts";
import type { RunIdentity } from "../run/manifest.ts";
import { type IterationSummary, NOT_EVERY_EPOCH, reaches, TARGET_ACCURACY } from "../run/summary.ts";
import type { Distribution } from "../statistics/mod.ts";
import {
  accuracyBound,
  expectsTarget,
  judgeTarget,
  type ReferenceTrials,
  TARGET_LEVEL,
} from "./reference_bounds.ts";

/** The challenge: parameters stay below, epochs do not exceed. */
export const CHALLENGE = { accuracy: TARGET_ACCURACY, parametersBelow: 20_000, epochs: 20 } as const;

/** One thing that the project asserts. */
export interface Criterion {
  readonly name: "trials" | "parameters" | "finalAccuracy" | "epochToTarget";
  /** `notExpected`: the iteration is not meant to reach the target. */
  readonly status: "met" | "failed" | "notJudged" | "notExpected";
  /** The values compared, or why it is not judged. */
  readonly detail: string;
  /** Whether the limit was computed from the reference, with the false-alarm rate that is stated there. */
  readonly isDerived?: boolean;
}

/** All criteria of an iteration. */
export interface CriteriaVerdict {
  readonly status: "met" | "failed" | "notJudged";
  readonly criteria: readonly Criterion[];
}

/** The challenge, part by part. */
export interface ChallengeVerdict {
  readonly status: "met" | "notMet" | "notJudged";
  /** Parts that are not met. */
  readonly missing: readonly ("trials" | "accuracy" | "parameters" | "epochs")[];
  readonly detail: string;
}

/** What this module judges; the claims are audited in `claims/`. */
export interface Judgement {
  readonly criteria: CriteriaVerdict;
  readonly challenge: ChallengeVerdict;
}

/** Judges one iteration of a run, by its own limits or else by those that `reference` gives. */
export function judge(
  summary: IterationSummary,
  run: RunIdentity,
  reference?: ReferenceTrials,
): Judgement {
  return {
    criteria: judgeCriteria(summary, run, reference),
    challenge: judgeChallenge(summary, run),
  };
}

/** Why accuracies of this run say nothing about the iteration as it stands; undefined where they do. */
export function whyNotJudged({ iteration, epochs }: IterationSummary, run: RunIdentity): string | undefined {
  if (run.quick) return "quick run";
  if (run.dataset.name !== "mnist") return `trained on ${run.dataset.name}, not on MNIST`;
  if (run.validation !== undefined) return "measured on held-out training images, not on the test set";
  if (epochs < iteration.training.epochs) {
    return `stopped after ${epochs} of ${plural(iteration.training.epochs, "epoch")}`;
  }
  return undefined;
}

/** What became of the trials that did not complete; undefined where all did. */
function lostTrials({ trials }: IterationSummary): string | undefined {
  const lost = trials.filter((trial) => trial.status !== "completed");
  if (lost.length === 0) return undefined;
  return `${lost.length} of ${plural(trials.length, "trial")} did not complete (${
    lost.map((trial) => `seed ${trial.seed} ${trial.status}`).join(", ")
  })`;
}

function judgeCriteria(
  summary: IterationSummary,
  run: RunIdentity,
  reference: ReferenceTrials | undefined,
): CriteriaVerdict {
  const criteria: Criterion[] = [
    judgeTrials(summary),
    judgeParameters(summary, run),
    judgeFinalAccuracy(summary, run, reference),
    judgeEpochToTarget(summary, run, reference),
  ];
  const status = criteria.some((criterion) => criterion.status === "failed")
    ? "failed"
    : run.quick
    ? "notJudged"
    : "met";
  return { status, criteria };
}

function judgeTrials(summary: IterationSummary): Criterion {
  const lost = lostTrials(summary);
  return {
    name: "trials",
    status: lost === undefined ? "met" : "failed",
    detail: lost ?? `${plural(summary.trials.length, "trial")} completed`,
  };
}

function judgeParameters({ iteration, completed }: IterationSummary, run: RunIdentity): Criterion {
  const name = "parameters";
  if (run.quick) return { name, status: "notJudged", detail: "quick run" };
  if (completed.length === 0) return { name, status: "notJudged", detail: "no completed trial" };
  const wanted = iteration.parameters;
  const wrong = completed.find((trial) => trial.parameters !== wanted);
  return wrong === undefined ? { name, status: "met", detail: `${formatCount(wanted)} parameters` } : {
    name,
    status: "failed",
    detail: `expected ${formatCount(wanted)} parameters, counted ${formatCount(wrong.parameters)}`,
  };
}

function judgeFinalAccuracy(
  summary: IterationSummary,
  run: RunIdentity,
  reference: ReferenceTrials | undefined,
): Criterion {
  const name = "finalAccuracy";
  const reason = whyNotJudged(summary, run);
  if (reason !== undefined) return { name, status: "notJudged", detail: reason };
  const floor = summary.iteration.criteria?.finalAccuracyFloor;
  if (floor === undefined && reference === undefined) {
    return { name, status: "notJudged", detail: "no floor yet" };
  }
  if (summary.final === undefined) return { name, status: "notJudged", detail: "no completed trial" };
  if (floor === undefined) return judgeMean(summary.final, reference!);
  const lowest = summary.completed.reduce((a, b) => b.finalTestAccuracy < a.finalTestAccuracy ? b : a);
  const met = reaches(lowest.finalTestAccuracy, floor);
  return {
    name,
    status: met ? "met" : "failed",
    detail: `lowest final accuracy ${
      formatPercentApart(lowest.finalTestAccuracy, floor)
    } (seed ${lowest.seed}) ${met ? "≥" : "<"} floor ${formatPercentApart(floor, lowest.finalTestAccuracy)}`,
  };
}

/** The mean of all trials against the reference's prediction bound. */
function judgeMean(final: Distribution, reference: ReferenceTrials): Criterion {
  const bound = accuracyBound(reference, final.n), met = reaches(final.mean, bound);
  return {
    name: "finalAccuracy",
    status: met ? "met" : "failed",
    isDerived: true,
    detail: `mean final accuracy ${formatPercentApart(final.mean, bound)} (n = ${final.n}) ${
      met ? "≥" : "<"
    } ${formatPercentApart(bound, final.mean)}, by the reference's ${
      formatMean(reference.final)
    } (n = ${reference.final.n})`,
  };
}

function judgeEpochToTarget(
  summary: IterationSummary,
  run: RunIdentity,
  reference: ReferenceTrials | undefined,
): Criterion {
  const name = "epochToTarget";
  const share = summary.iteration.criteria?.shareReachingTarget, wanted = reference?.target;
  if (share === undefined && (reference === undefined || (wanted && !expectsTarget(wanted)))) {
    return { name, status: "notExpected", detail: "not expected" };
  }
  const reason = whyNotJudged(summary, run) ??
    (share === undefined && wanted === undefined ? `in the reference ${NOT_EVERY_EPOCH}` : undefined);
  const { trials, target: seen } = summary;
  if (reason !== undefined || seen === undefined) {
    return { name, status: "notJudged", detail: reason ?? NOT_EVERY_EPOCH };
  }
  const reached = seen.reached.count;
  if (share === undefined) {
    const target = wanted!;
    const { p, isTooFew } = judgeTarget(target, { count: reached, total: trials.length });
    return {
      name,
      status: isTooFew ? "failed" : "met",
      isDerived: true,
      detail: `${formatPercent(TARGET_ACCURACY, 1)} % reached in ${reached} of ${
        plural(trials.length, "trial")
      }, ${target.count} of ${target.total} in the reference; ${pWords(p, TARGET_LEVEL)}`,
    };
  }
  return {
    name,
    status: reaches(reached / trials.length, share) ? "met" : "failed",
    detail: `${formatPercent(TARGET_ACCURACY, 1)} % reached in ${reached} of ${
      plural(trials.length, "trial")
    }, expected in at least ${formatPercent(share, 0)} %`,
  };
}

function judgeChallenge(summary: IterationSummary, run: RunIdentity): ChallengeVerdict {
  const { iteration, final, parameters, epochs } = summary;
  const reason = whyNotJudged(summary, run) ?? (final === undefined ? "no completed trial" : undefined);
  if (reason !== undefined || final === undefined || parameters === undefined) {
    return { status: "notJudged", missing: [], detail: reason ?? "no completed trial" };
  }
  const lost = lostTrials(summary);
  const parts = [
    {
      name: "accuracy" as const,
      met: reaches(final.mean, CHALLENGE.accuracy),
      detail: `mean final accuracy ${formatPercentApart(final.mean, CHALLENGE.accuracy)} of at least ${
        formatPercent(CHALLENGE.accuracy, 1)
      } %`,
    },
    {
      name: "parameters" as const,
      met: parameters < CHALLENGE.parametersBelow,
      detail: `${formatCount(parameters)} parameters of fewer than ${formatCount(CHALLENGE.parametersBelow)}`,
    },
    {
      name: "epochs" as const,
      met: iteration.training.epochs <= CHALLENGE.epochs,
      detail: `${plural(epochs, "epoch")} of at most ${CHALLENGE.epochs}`,
    },
    ...(lost === undefined ? [] : [{ name: "trials" as const, met: false, detail: lost }]),
  ];
  const missing = parts.filter((part) => !part.met).map((part) => part.name);
  return {
    status: missing.length === 0 ? "met" : "notMet",
    missing,
    detail: parts.filter((part) => missing.length === 0 || !part.met).map((part) => part.detail).join("; "),
  };
}
