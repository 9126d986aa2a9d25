/**
 * Three verdicts on an iteration, kept apart.
 *
 * Criteria are what the project asserts, and alone set the exit code. The challenge (at least 99.4 % test accuracy
 * within 20 epochs with fewer than 20,000 parameters) and the claim (what was published against what was measured)
 * are shown and never an error.
 *
 * @module
 */
import { formatCount, formatPercent, formatPercentApart, plural } from "./format.ts";
import type { RunIdentity } from "./manifest.ts";
import { binomialStandardError, type Distribution } from "./statistics.ts";
import { type IterationSummary, reaches, TARGET_ACCURACY } from "./summary.ts";

/** The challenge: parameters stay below, epochs do not exceed. */
export const CHALLENGE = { accuracy: TARGET_ACCURACY, parametersBelow: 20_000, epochs: 20 } as const;

/** How a claimed accuracy is judged, in words for a table's foot. */
export const CLAIM_RULE =
  "A claimed accuracy is consistent where it lies within the accuracies measured over the seeds, lowest to highest, " +
  "widened by one binomial standard error of the images counted.";

/** What the check of the claimed best accuracy is called. */
export const BEST_ACCURACY = "best test accuracy";

/** One thing that the project asserts. */
export interface Criterion {
  readonly name: "trials" | "parameters" | "finalAccuracy" | "epochToTarget";
  /** `notExpected`: the iteration is not meant to reach the target. */
  readonly status: "met" | "failed" | "notJudged" | "notExpected";
  /** The values compared, or why it is not judged. */
  readonly detail: string;
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

/** One published number against its measurement. */
export interface ClaimCheck {
  /** `parameters`, `best test accuracy`, `train accuracy, epoch 1`, … */
  readonly what: string;
  readonly status: "right" | "wrong" | "consistent" | "above" | "below" | "notJudged";
  readonly claimed: string;
  readonly measured: string;
}

/** What was published, held against what was measured. */
export interface ClaimVerdict {
  /** Of parameters and best accuracy: `wrong` if the parameters differ, else the accuracy's. */
  readonly status: ClaimCheck["status"];
  readonly checks: readonly ClaimCheck[];
}

/** The three verdicts. */
export interface Verdicts {
  readonly criteria: CriteriaVerdict;
  readonly challenge: ChallengeVerdict;
  readonly claim: ClaimVerdict;
}

/** Judges one iteration of a run. */
export function judge(summary: IterationSummary, run: RunIdentity): Verdicts {
  return {
    criteria: judgeCriteria(summary, run),
    challenge: judgeChallenge(summary, run),
    claim: judgeClaim(summary, run),
  };
}

/** Why accuracies of this run say nothing about the iteration as it stands; undefined where they do. */
function whyNotJudged({ iteration, epochs }: IterationSummary, run: RunIdentity): string | undefined {
  if (run.quick) return "quick run";
  if (run.dataset.name !== "mnist") return `trained on ${run.dataset.name}, not on MNIST`;
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

function judgeCriteria(summary: IterationSummary, run: RunIdentity): CriteriaVerdict {
  const criteria: Criterion[] = [
    judgeTrials(summary),
    judgeParameters(summary, run),
    judgeFinalAccuracy(summary, run),
    judgeEpochToTarget(summary, run),
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

function judgeFinalAccuracy(summary: IterationSummary, run: RunIdentity): Criterion {
  const name = "finalAccuracy";
  const reason = whyNotJudged(summary, run);
  if (reason !== undefined) return { name, status: "notJudged", detail: reason };
  const floor = summary.iteration.criteria.finalAccuracyFloor;
  if (floor === undefined) return { name, status: "notJudged", detail: "no floor yet" };
  if (summary.completed.length === 0) return { name, status: "notJudged", detail: "no completed trial" };
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

function judgeEpochToTarget(summary: IterationSummary, run: RunIdentity): Criterion {
  const name = "epochToTarget";
  const share = summary.iteration.criteria.shareReachingTarget;
  if (share === undefined) return { name, status: "notExpected", detail: "not expected" };
  const reason = whyNotJudged(summary, run);
  if (reason !== undefined) return { name, status: "notJudged", detail: reason };
  const { reached, trials } = summary;
  return {
    name,
    status: reached >= share * trials.length ? "met" : "failed",
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

function judgeClaim(summary: IterationSummary, run: RunIdentity): ClaimVerdict {
  const { iteration: { claim }, parameters, best } = summary;
  const { trainImages, testImages } = run.dataset;
  const reason = whyNotJudged(summary, run) ?? (best === undefined ? "no completed trial" : undefined);
  if (reason !== undefined || parameters === undefined || best === undefined) {
    return { status: "notJudged", checks: [] };
  }
  const counted: ClaimCheck = {
    what: "parameters",
    status: parameters === claim.parameters ? "right" : "wrong",
    claimed: formatCount(claim.parameters),
    measured: formatCount(parameters),
  };
  const bestCheck = checkAccuracy(BEST_ACCURACY, claim.bestTestAccuracy, best, testImages);
  const curve = (
    set: string,
    claimed: readonly number[],
    measured: readonly Distribution[],
    images: number,
  ) =>
    claimed.map((accuracy, index) =>
      checkAccuracy(`${set} accuracy, epoch ${index + 1}`, accuracy, measured[index], images)
    );
  const first = claim.firstTestAccuracy === undefined ? [] : [claim.firstTestAccuracy];
  return {
    status: counted.status === "wrong" ? "wrong" : bestCheck.status,
    checks: [
      counted,
      bestCheck,
      ...curve("test", claim.testAccuracies ?? first, summary.testAccuracies, testImages),
      ...curve("train", claim.trainAccuracies ?? [], summary.trainAccuracies, trainImages),
    ],
  };
}

/** Holds a claimed accuracy against the measured range, as `CLAIM_RULE` says. */
function checkAccuracy(
  what: string,
  claimed: number,
  measured: Distribution | undefined,
  images: number,
): ClaimCheck {
  const shown = `${formatPercent(claimed)} %`;
  if (measured === undefined) return { what, status: "notJudged", claimed: shown, measured: "n/a" };
  const margin = binomialStandardError(claimed, images);
  const status = !reaches(claimed, measured.min - margin)
    ? "below"
    : !reaches(measured.max + margin, claimed)
    ? "above"
    : "consistent";
  const { min, max } = measured;
  const range = min === max ? `${formatPercent(min)} %` : `${formatPercent(min)} to ${formatPercent(max)} %`;
  return { what, status, claimed: shown, measured: range };
}
