/**
 * What every report is made from, and the words that they share.
 *
 * @module
 */
import type { Iteration } from "../../models/iteration.ts";
import {
  formatCount,
  formatInterval,
  formatMean,
  formatMedian,
  formatNumberList,
  formatPercent,
  MISSING,
  plural,
} from "../command_line/format.ts";
import { auditClaims } from "../judge/claims/audit.ts";
import { CLAIM_WORDS, type ClaimFinding } from "../judge/claims/finding.ts";
import { compactClaimRows } from "./claims.ts";
import { claimLabel, type ClaimVerdict, claimVerdict, claimWord } from "../judge/claims/verdict.ts";
import { type CriteriaVerdict, judge, type Judgement } from "../judge/judge.ts";
import { FALSE_ALARM_RATE, referenceTrials } from "../judge/reference_bounds.ts";
import { canonicalJson, type RunIdentity, type Tried } from "../run/manifest.ts";
import type { MeasuredEffects } from "../run/effects.ts";
import type { TimingRow, TrialRow } from "../run/rows.ts";
import type { RunRecord } from "../run/run_folder.ts";
import { describe, type Distribution } from "../statistics/mod.ts";
import { type IterationSummary, summarizeIteration, summarizeRun, TARGET_ACCURACY } from "../run/summary.ts";

/** The three verdicts. */
export interface Verdicts extends Judgement {
  readonly claim: ClaimVerdict;
}

/** An iteration summed up and judged. */
export interface JudgedIteration {
  readonly summary: IterationSummary;
  readonly verdicts: Verdicts;
}

/** A run summed up and judged: the same for every format. */
export interface Report {
  readonly identity: RunIdentity & { readonly tried?: Tried };
  /** Those of the seeds that a commit gave. */
  readonly freshSeeds: ReadonlySet<number>;
  readonly iterations: readonly JudgedIteration[];
  readonly timing: readonly TimingRow[];
  /** Every published claim about these iterations. */
  readonly claims: readonly ClaimFinding[];
}

/**
 * The final accuracy of whole published runs for each iteration of `record` that has the same layers and training there,
 * by its number; none of other data.
 */
export function publishedFinals(
  { manifest }: Pick<RunRecord, "manifest">,
  published: readonly RunRecord[],
): ReadonlyMap<number, Distribution> {
  const finals = new Map<number, Distribution>();
  if (manifest.validation !== undefined) return finals;
  for (const reference of published) {
    const { dataset, quick, epochs, iterations } = reference.manifest;
    if (quick || epochs !== null) continue;
    if (canonicalJson(dataset.digests) !== canonicalJson(manifest.dataset.digests)) continue;
    for (const { id, configHash } of manifest.iterations) {
      const same = iterations.find((each) => each.configHash === configHash);
      const final = same && summarizeIteration(same, reference).final;
      if (final !== undefined && !finals.has(id)) finals.set(id, final);
    }
  }
  return finals;
}

/** What else a run is judged by. */
export interface JudgedBy {
  /** The published results, which criteria are derived from. */
  readonly references?: readonly RunRecord[];
  /** What ablations gave, which published causes are judged by. */
  readonly effects?: MeasuredEffects;
}

/** Sums up and judges all that a run folder holds. */
export function makeReport(
  record: RunRecord,
  catalog: readonly Iteration[],
  { references = [], effects }: JudgedBy = {},
): Report {
  const { identity, freshSeeds, iterations } = summarizeRun(record, catalog);
  const claims = auditClaims(record, catalog, { effects });
  return {
    identity,
    freshSeeds,
    iterations: iterations.map((summary) => ({
      summary,
      verdicts: {
        ...judge(summary, identity, referenceTrials(summary.iteration, identity, references)),
        claim: claimVerdict(claims, summary.iteration),
      },
    })),
    timing: record.timing,
    claims,
  };
}

/** A table before it has a format: cells are ready to be shown. */
export interface Table {
  readonly columns: readonly { readonly title: string; readonly align: "left" | "right" }[];
  readonly rows: readonly (readonly string[])[];
}

const TARGET = `${formatPercent(TARGET_ACCURACY, 1)} %`;

/** Columns by title; one that starts with `> ` holds numbers and is aligned to the right. */
export function columns(...titles: readonly string[]): Table["columns"] {
  return titles.map((title) => ({
    title: title.replace(/^> /, ""),
    align: title.startsWith("> ") ? "right" : "left",
  }));
}

/** One line per iteration; accuracies are of the test set. */
export function summaryTable(report: Report): Table {
  return {
    columns: columns(
      "Iteration",
      "> Parameters",
      "> n",
      "> Final mean ± SD [%]",
      "> 95 % interval [%]",
      "> Best (optimistic) [%]",
      "> At epoch",
      `> Epoch to ${TARGET}`,
      "> Claim",
      "Criteria",
      "Challenge",
      "Claim check",
    ),
    rows: report.iterations.map(({ summary, verdicts }) => [
      `${summary.iteration.id} ${summary.iteration.title}`,
      summary.parameters === undefined ? MISSING : formatCount(summary.parameters),
      trialCount(summary, report.freshSeeds),
      formatMean(summary.final),
      formatInterval(summary.finalInterval),
      formatMean(summary.best),
      formatMedian(summary.bestEpochMedian),
      epochToTarget(summary),
      claimText(summary.iteration),
      criteriaLabel(verdicts.criteria),
      challengeLabel(verdicts.challenge),
      claimLabel(verdicts.claim),
    ]),
  };
}

/** `summaryTable` for a narrow page: one line per iteration, whose verdicts are in view. */
export function headlineTable(report: Report): Table {
  return {
    columns: columns(
      "Iteration",
      "> Parameters",
      "> n",
      "> Final mean ± SD [%]",
      `> ${TARGET} at epoch`,
      "Challenge",
      "Claim",
    ),
    rows: report.iterations.map(({ summary, verdicts }) => [
      `${summary.iteration.id} ${summary.iteration.title}`,
      summary.parameters === undefined ? MISSING : formatCount(summary.parameters),
      trialCount(summary, report.freshSeeds),
      formatMean(summary.final),
      String(summary.target?.median ?? MISSING),
      challengeLabel(verdicts.challenge),
      claimWord(verdicts.claim),
    ]),
  };
}

/** One line per trial, none left out. */
export function trialsTable(report: Report): Table {
  return {
    columns: columns(
      "> Iteration",
      "> Seed",
      "> Epochs",
      "> Final [%]",
      "> Best (optimistic) [%]",
      "> At epoch",
      `> Epoch to ${TARGET}`,
      "Weights SHA-256",
      "Status",
    ),
    rows: report.iterations.flatMap(({ summary }) => summary.trials).map(({ course, ...trial }) => [
      String(trial.iteration),
      report.freshSeeds.has(trial.seed) ? `${trial.seed} (fresh)` : String(trial.seed),
      String(trial.epochs),
      formatPercent(trial.finalTestAccuracy),
      formatPercent(course?.bestTestAccuracy),
      String(course?.bestEpoch ?? MISSING),
      course?.epochToTarget === "never" ? "not reached" : String(course?.epochToTarget ?? MISSING),
      trial.weightsDigest === undefined ? MISSING : `${trial.weightsDigest.slice(0, 16)}…`,
      statusText(trial),
    ]),
  };
}

/** One line per published claim; epochs and digits of one claim share a line. */
export function claimsTable(report: Report): Table {
  return {
    columns: columns("> Iteration", "Published", "Claimed", "Measured", "Verdict", "Reason"),
    rows: compactClaimRows(report.claims),
  };
}

/** One line per iteration; apart from the accuracies, because it differs between two runs of the same thing. */
export function timingTable(report: Report): Table {
  return {
    columns: columns(
      "> Iteration",
      "> n",
      "> Training [images/s]",
      "> Training [s]",
      "> Evaluation [s]",
    ),
    rows: report.iterations.flatMap(({ summary }) => {
      const rows = report.timing.filter((row) => row.iteration === summary.iteration.id);
      const rate = describe(rows.map((row) => row.trainImagesPerSecond));
      if (rate === undefined) return [];
      const trials = new Set(rows.map((row) => row.seed)).size;
      const perTrial = (value: (row: TimingRow) => number) =>
        (rows.reduce((sum, row) => sum + value(row), 0) / trials).toFixed(1);
      return [[
        String(summary.iteration.id),
        String(trials),
        formatCount(rate.mean),
        perTrial((row) => row.trainSeconds),
        perTrial((row) => row.testSeconds),
      ]];
    }),
  };
}

/** What a row of `trials.csv` says about its end. */
function statusText(trial: Pick<TrialRow, "status" | "note">): string {
  return trial.note === undefined ? trial.status : `${trial.status}: ${trial.note}`;
}

/** Completed trials: `3`, `2 of 3`, `8 (5 fresh)`. */
export function trialCount(
  { trials, completed }: IterationSummary,
  freshSeeds: ReadonlySet<number>,
): string {
  const count = completed.length === trials.length
    ? String(trials.length)
    : `${completed.length} of ${trials.length}`;
  const fresh = completed.filter((trial) => freshSeeds.has(trial.seed)).length;
  return fresh === 0 ? count : `${count} (${fresh} fresh)`;
}

/** Median and share: `16 (3 of 3)`, `never (2 of 5)`. */
export function epochToTarget({ trials, target }: IterationSummary): string {
  if (target === undefined) return MISSING;
  const { median, reached: { count } } = target;
  return count === 0 ? "not reached" : `${median} (${count} of ${trials.length})`;
}

/** Which iterations' best epochs and epochs to the target nobody knows, and why: a sentence, where there are any. */
export function unknownEpochsNote({ iterations }: Report): string[] {
  const unknown = iterations.filter(({ summary }) => summary.target === undefined);
  if (unknown.length === 0) return [];
  const whose = unknown.length === iterations.length
    ? ""
    : ` of ${unknown.length === 1 ? "iteration" : "iterations"} ${
      formatNumberList(unknown.map(({ summary }) => summary.iteration.id))
    }`;
  const isOnce = unknown.every(({ summary: { testAccuracies } }) =>
    testAccuracies.slice(0, -1).every((accuracy) => accuracy === undefined)
  );
  return [
    `The test set${whose} was ${
      isOnce ? "looked at once, after the last epoch" : "not looked at in every epoch"
    }: nobody knows which epoch was the best, nor when ${TARGET} was first reached.`,
  ];
}

function claimText({ claim }: Iteration): string {
  if (claim === undefined) return MISSING;
  const { parameters, bestTestAccuracy, epoch } = claim;
  const best = bestTestAccuracy === undefined ? MISSING : `${formatPercent(bestTestAccuracy)} %`;
  return `${parameters === undefined ? MISSING : formatCount(parameters)}; ${best}${
    epoch === undefined ? "" : ` at ${epoch}`
  }`;
}

const CRITERION_WORDS = {
  trials: "trials",
  parameters: "parameters",
  finalAccuracy: "final accuracy",
  epochToTarget: `epoch to ${TARGET}`,
} as const;

/** `met`, `met; no floor yet`, `failed: final accuracy`, `not judged`. */
export function criteriaLabel({ status, criteria }: CriteriaVerdict): string {
  if (status === "notJudged") return "not judged";
  if (status === "failed") {
    const failed = criteria.filter((criterion) => criterion.status === "failed");
    return `failed: ${failed.map((criterion) => CRITERION_WORDS[criterion.name]).join(", ")}`;
  }
  const open = criteria.filter((criterion) => criterion.status === "notJudged");
  return ["met", ...new Set(open.map((criterion) => criterion.detail))].join("; ");
}

/** `met`, `not met: accuracy, parameters`, `not judged`. */
export function challengeLabel({ status, missing }: Verdicts["challenge"]): string {
  if (status === "notMet") return `not met: ${missing.join(", ")}`;
  return status === "met" ? "met" : "not judged";
}

/** Each verdict with the values that were compared. */
export function verdictDetails({ verdicts: { criteria, challenge, claim } }: JudgedIteration): string[] {
  const details = criteria.criteria.map((criterion) =>
    `${CRITERION_WORDS[criterion.name]} ${CRITERION_STATUS[criterion.status]}${
      criterion.status === "notExpected" ? "" : ` (${criterion.detail})`
    }`
  );
  const checks = [claim.parameters, claim.accuracy].filter((finding) => finding !== undefined).map((
    finding,
  ) =>
    `${finding.subject} ${finding.claimed} claimed, ${finding.measured} measured: ${
      CLAIM_WORDS[finding.verdict]
    }`
  );
  return [
    `criteria ${criteriaLabel(criteria)}: ${details.join("; ")}${
      isDerived(criteria) ? `; ${FALSE_ALARM_NOTE}` : ""
    }`,
    `challenge ${challengeLabel(challenge)} (${challenge.detail})`,
    `claim ${claimLabel(claim)}${checks.length === 0 ? "" : ` (${checks.join("; ")})`}`,
  ];
}

/** Said beside verdicts whose limits come from the reference. */
export const FALSE_ALARM_NOTE = `an unchanged recipe fails in at most ${
  formatPercent(FALSE_ALARM_RATE, 0)
} % of runs`;

/** Whether a limit came from the reference, and was judged by. */
export function isDerived({ criteria }: CriteriaVerdict): boolean {
  return criteria.some((criterion) => criterion.isDerived);
}

const CRITERION_STATUS = {
  met: "met",
  failed: "failed",
  notJudged: "not judged",
  notExpected: "not expected",
} as const;

/** What the run was, in one line. */
export function runTitle(run: RunIdentity, engines: readonly RunIdentity["engine"][] = [run.engine]): string {
  const { dataset, validation, quick, epochs } = run;
  const name = dataset.name === "mnist" ? "MNIST" : dataset.name;
  const writers = validation?.writers ?? undefined;
  const images = `${formatCount(dataset.trainImages)} training and ${formatCount(dataset.testImages)} ${
    validation === undefined ? "test" : "held-out"
  } images${writers === undefined ? "" : " by other writers"}`;
  const limit = epochs === null ? "" : `, stopped after ${epochs} epoch${epochs === 1 ? "" : "s"}`;
  return `${name} (${images}), ${engines.length === 1 ? "engine" : "engines"} ${
    engines.map(({ name, version }) => `${name} ${version}`).join(" and ")
  }${limit}${quick ? ", quick run" : ""}`;
}

/** A text about the test set as it is to be said of a run whose accuracies are of held-out training images. */
export function saidOf({ validation }: RunIdentity, text: string): string {
  if (validation === undefined) return text;
  return text.replaceAll(
    /\b([Tt])est (accuracy|images|set)\b/g,
    (_all, first: string, what: string) => `${first === "T" ? "V" : "v"}alidation ${what}`,
  )
    .replaceAll("− test", "− validation");
}

/** Said below the tables of a run that held images out. */
export function validationNote(
  { validation, tried, dataset }: Report["identity"] & { readonly tried?: Tried },
): string[] {
  if (validation === undefined) return [];
  const evaluated = dataset.testImages === validation.images
    ? ""
    : ` ${formatCount(dataset.testImages)} of them were evaluated.`;
  const whose = validation.writers === null
    ? "the last training images; the data set does not say who made which"
    : `all training images of ${validation.writers} writers, none of whom wrote an image that is trained on`;
  return [
    `Validation: ${
      formatCount(validation.images)
    } images held out, ${whose}.${evaluated} The test set was not evaluated.`,
    ...(tried === undefined ? [] : [
      `Tried on these images so far: ${plural(tried.recipes, "recipe")} in ${
        plural(tried.trials, "trial")
      }; the best of many is better by luck too.`,
    ]),
  ];
}

/** Said wherever a quick run shows numbers. */
export const QUICK_WARNING =
  "This is a quick run on a part of the data: it shows that everything works and is no result. Schedules are cut off " +
  "where it stops, so that the order of its iterations says nothing.";
