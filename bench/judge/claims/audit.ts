/**
 * Holds every published claim against the results: verdicts from statistics and arithmetic, each with its reason.
 *
 * Each subject has one function below; `auditClaims` is their table of contents.
 *
 * @module
 */
import { PUBLISHED_CLAIMS, type PublishedClaims } from "../../../models/published_claims.ts";
import { countParameters } from "../../../models/graph.ts";
import type { Iteration } from "../../../models/iteration.ts";
import { formatCount, formatMean, formatPoints, MISSING, plural, pWords } from "../../command_line/format.ts";
import { CHALLENGE, whyNotJudged } from "../judge.ts";
import { type EffectRow, type EffectStatus, type MeasuredEffects, statusOf } from "../../run/effects.ts";
import type { EpochRow } from "../../run/rows.ts";
import type { RunRecord } from "../../run/run_folder.ts";
import { describe, type Distribution } from "../../statistics/mod.ts";
import { coursesOf, summarizeIteration, summarizeRun } from "../../run/summary.ts";
import { classFindings } from "./classes.ts";
import type { ClaimFinding } from "./finding.ts";
import {
  type ClaimContext,
  judgeAccuracy,
  judgeNumber,
  meanText,
  numbersOf,
  percent,
} from "./judge_number.ts";
import { predictionInterval } from "./prediction.ts";
import { BEST_ACCURACY, PARAMETERS } from "./verdict.ts";

/** Every claim about the iterations that the record has trials of, in order; causes by what ablations gave. */
export function auditClaims(
  record: RunRecord,
  catalog: readonly Iteration[],
  { published = PUBLISHED_CLAIMS, effects }: {
    readonly published?: PublishedClaims;
    readonly effects?: MeasuredEffects;
  } = {},
): ClaimFinding[] {
  // a claim about the test set cannot be held against other images
  if (record.manifest.validation !== undefined) return [];
  return summarizeRun(record, catalog).iterations.flatMap((summary) => {
    const { iteration } = summary, { claim } = iteration;
    if (claim === undefined) return [];
    const notJudged = whyNotJudged(summary, record.manifest) ??
      (summary.completed.length === 0 ? "no completed trial" : undefined);
    const context = { iteration, claim, summary, record, catalog, published, effects, notJudged };
    return [
      ...parameterFindings(context),
      ...budgetFindings(context),
      ...bestAccuracyFindings(context),
      ...bestEpochFindings(context),
      ...peakFindings(context),
      ...curveFindings(context),
      ...lossFindings(context),
      ...classFindings(context),
      ...causeFindings(context),
    ];
  });
}

function parameterFindings({ iteration, claim, catalog }: ClaimContext): ClaimFinding[] {
  const claimed = claim.parameters, counted = countParameters(iteration.layers);
  if (claimed === undefined) return [];
  const twin = catalog.find(({ id, layers }) => id !== iteration.id && countParameters(layers) === claimed);
  return [{
    iteration: iteration.id,
    subject: PARAMETERS,
    claimed: formatCount(claimed),
    measured: formatCount(counted),
    verdict: claimed === counted ? "consistent" : "impossible",
    reason: claimed === counted
      ? "The layers have exactly as many"
      : `The layers have ${formatCount(counted)}${
        twin === undefined ? "" : `; ${formatCount(claimed)} is the count of iteration ${twin.id}`
      }`,
  }];
}

function budgetFindings({ iteration, published }: ClaimContext): ClaimFinding[] {
  return published.budgets.filter((claim) => claim.iteration === iteration.id).map((claim) => {
    const budget = CHALLENGE.parametersBelow, left = budget - claim.parameters;
    return {
      iteration: iteration.id,
      subject: "parameters under budget",
      claimed: formatCount(claim.under),
      measured: formatCount(left),
      verdict: left === claim.under ? "consistent" : "impossible",
      reason: `${formatCount(budget)} − ${formatCount(claim.parameters)} = ${formatCount(left)}${
        left === claim.under
          ? ""
          : `; ${formatCount(claim.under)} is what is left of ${formatCount(claim.parameters + claim.under)}`
      }`,
    };
  });
}

function bestAccuracyFindings(context: ClaimContext): ClaimFinding[] {
  const { iteration, summary, record, published } = context;
  const { bestTestAccuracy: claimed } = context.claim;
  if (claimed === undefined) return [];
  const within = published.about.find((claim) => claim.iteration === iteration.id)?.within;
  return [judgeAccuracy(context, {
    subject: BEST_ACCURACY,
    claimed,
    within,
    measured: summary.best,
    images: record.manifest.dataset.testImages,
    note: `both are the best of ${plural(iteration.training.epochs, "epoch")}, chosen with the test images`,
  })];
}

function bestEpochFindings(context: ClaimContext): ClaimFinding[] {
  const { iteration, summary } = context;
  const { epoch: claimed } = context.claim, { epochs } = iteration.training;
  if (claimed === undefined) return [];
  const base = { iteration: iteration.id, subject: "epoch of the best accuracy", claimed: String(claimed) };
  const curve = context.claim.testAccuracies;
  if (claimed > epochs || (curve !== undefined && peakOf(curve) !== claimed)) {
    const reason = claimed > epochs
      ? `It trains for ${plural(epochs, "epoch")}`
      : `The published accuracies are highest at epoch ${peakOf(curve!)}`;
    return [{ ...base, measured: MISSING, verdict: "impossible", reason }];
  }
  const measured = describe((coursesOf(summary.completed) ?? []).map(({ bestEpoch }) => bestEpoch));
  return [judgeNumber(context, {
    ...base,
    value: claimed,
    distribution: measured,
    unit: 1,
    // Epochs are whole numbers.
    rounding: 0.5,
    clip: { low: 1, high: epochs },
    format: (value) => String(Math.round(value * 10) / 10),
  })];
}

function peakFindings({ iteration, claim: own, summary, published }: ClaimContext): ClaimFinding[] {
  return published.peaks.filter((claim) => claim.iteration === iteration.id).map((claim) => {
    const peak = own.testAccuracies ? peakOf(own.testAccuracies) : own.epoch;
    const courses = coursesOf(summary.completed);
    const count = courses?.filter(({ bestEpoch }) => bestEpoch === claim.epoch).length;
    return {
      iteration: iteration.id,
      subject: "test accuracy peaks",
      claimed: `epoch ${claim.epoch}`,
      measured: `epoch ${peak} as published`,
      verdict: peak === claim.epoch ? "consistent" : "impossible",
      reason: `The accuracies published with it are highest at epoch ${peak}${
        count === undefined
          ? ""
          : `; here ${count} of ${plural(summary.completed.length, "trial")} peaked at ${claim.epoch}`
      }`,
    };
  });
}

function curveFindings(context: ClaimContext): ClaimFinding[] {
  const { claim, iteration: { training }, summary, record } = context;
  const { trainImages, testImages } = record.manifest.dataset;
  const first = claim.firstTestAccuracy === undefined ? [] : [claim.firstTestAccuracy];
  const curve = (
    subject: string,
    claimed: readonly number[],
    measured: readonly (Distribution | undefined)[],
    images: number,
  ) =>
    claimed.map((accuracy, index) =>
      index >= training.epochs
        ? beyondTheEnd(context, subject, index + 1, accuracy)
        : judgeAccuracy(context, {
          subject,
          part: `epoch ${index + 1}`,
          claimed: accuracy,
          measured: measured[index],
          images,
          note: subject === "test accuracy" ? otherDraw(context, index) : undefined,
        })
    );
  return [
    ...curve("test accuracy", claim.testAccuracies ?? first, summary.testAccuracies, testImages),
    ...curve("train accuracy", claim.trainAccuracies ?? [], summary.trainAccuracies, trainImages),
  ];
}

/** What was published for the same epoch of the same training under another iteration. */
function otherDraw({ iteration, catalog }: ClaimContext, index: number): string | undefined {
  const twin = catalog.find((other) =>
    other.id !== iteration.id && other.claim?.testAccuracies?.[index] !== undefined &&
    differingParts(other, iteration).every((part) => part === "epochs")
  );
  if (twin === undefined) return undefined;
  return `iteration ${twin.id} trains the same so far and was published with ${
    percent(twin.claim!.testAccuracies![index])
  }`;
}

function beyondTheEnd(
  { iteration }: ClaimContext,
  subject: string,
  epoch: number,
  claimed: number,
): ClaimFinding {
  return {
    iteration: iteration.id,
    subject,
    part: `epoch ${epoch}`,
    claimed: percent(claimed),
    measured: MISSING,
    verdict: "impossible",
    reason: `It trains for ${plural(iteration.training.epochs, "epoch")}`,
  };
}

/** Losses by their intervals; first, whether an accuracy published beside one allows it at all. */
function lossFindings(context: ClaimContext): ClaimFinding[] {
  const { iteration, published, record, summary } = context;
  return published.losses.filter((claim) => claim.iteration === iteration.id).flatMap((claim) => {
    const { set, digits } = claim, subject = `${set} loss`;
    const accuracies = context.claim[set === "test" ? "testAccuracies" : "trainAccuracies"];
    const format = (loss: number) => loss.toFixed(digits);
    const rounding = 0.5 * Math.pow(10, -digits);
    const losses = (epoch: number) => perEpoch(context, epoch, (row) => row[`${set}Loss`]);
    const findings = claim.losses.map((loss, index): ClaimFinding => {
      const part = `epoch ${index + 1}`, accuracy = accuracies?.[index];
      const least = accuracy === undefined ? 0 : (1 - accuracy) * Math.LN2;
      const distribution = losses(index + 1);
      if (loss + rounding >= least) {
        return judgeNumber(context, {
          subject,
          part,
          claimed: format(loss),
          value: loss,
          distribution,
          unit: 0,
          rounding,
          format,
        });
      }
      return {
        iteration: iteration.id,
        subject,
        part,
        claimed: format(loss),
        measured: meanText(distribution, format),
        verdict: "impossible",
        reason: `A wrong answer costs at least ln 2, so ${percent(accuracy!)} right means at least ${
          format(least)
        } per image`,
        ...(distribution &&
          { numbers: numbersOf(loss, distribution, predictionInterval(distribution, { unit: 0 })) }),
      };
    });
    if (!findings.some(({ verdict }) => verdict === "impossible")) return findings;
    // The reading that would explain the impossible ones: batch means added up and divided by the images.
    const { testImages, trainImages } = record.manifest.dataset;
    const images = set === "test" ? testImages : trainImages;
    const scale = Math.ceil(images / iteration.training.batchSize) / images;
    const explained = claim.losses.map((loss, index): ClaimFinding =>
      judgeNumber(context, {
        subject: `${subject}, read as batch means added up and divided by ${formatCount(images)}`,
        part: `epoch ${index + 1}`,
        claimed: format(loss),
        value: loss,
        distribution: scaled(losses(index + 1), scale),
        unit: 0,
        rounding,
        format: (value) => value.toFixed(digits + 1),
      })
    );
    return summary.completed.length === 0 ? findings : [...findings, ...explained];
  });
}

/**
 * A cause is what is worse without it. Two iterations that differ in more than the credited change cannot say what it
 * does; an ablation can.
 */
function causeFindings(context: ClaimContext): ClaimFinding[] {
  const { iteration, catalog, record, published, effects, notJudged } = context;
  return published.causes.filter((claim) => claim.iteration === iteration.id).map((claim) => {
    const effect = effects?.rows.find(({ variant }) => variant === claim.ablation);
    if (effect !== undefined) {
      return {
        iteration: iteration.id,
        subject: claim.statement,
        claimed: "a cause",
        measured: `${formatPoints(effect.gain)} points (n = ${effect.seeds})`,
        verdict: CAUSE_VERDICTS[statusOf(effect.imagesStatus)],
        reason: causeReason(effect, effects!.engine),
      };
    }
    const before = catalog.find(({ id }) => id === claim.than);
    const parts = before === undefined ? [] : differingParts(before, iteration);
    const final = (id: number) => {
      const each = catalog.find((one) => one.id === id);
      return each && notJudged === undefined ? summarizeIteration(each, record).final : undefined;
    };
    const [old, now] = [final(claim.than), final(iteration.id)];
    return {
      iteration: iteration.id,
      subject: claim.statement,
      claimed: "a cause",
      measured: old === undefined || now === undefined
        ? MISSING
        : `final ${meanPercent(old)} (${claim.than}), ${meanPercent(now)} (${iteration.id})`,
      verdict: "notTested",
      reason: before === undefined
        ? `Iteration ${claim.than} is not there to compare with`
        : `From iteration ${claim.than} to ${iteration.id} several things change at once (${
          joinWords(parts)
        }), so the results cannot say what this one does`,
    };
  });
}

/** By what a thing does on these test images, other seeds considered. */
const CAUSE_VERDICTS = {
  better: "consistent",
  worse: "contradicted",
  equal: "contradicted",
  cannotSay: "notShown",
  notJudged: "notTested",
} as const satisfies Record<EffectStatus, ClaimFinding["verdict"]>;

/** The effect with both intervals. */
function causeReason(effect: EffectRow, engine: MeasuredEffects["engine"]): string {
  const { base, instead, imagesLow, imagesHigh, imagesAdjustedP, digitsLow, digitsHigh } = effect;
  const points = (low: number, high: number) => `${formatPoints(low)} to ${formatPoints(high)}`;
  const equal = statusOf(effect.imagesStatus) === "equal" ? "; that is less than counts" : "";
  const digits = digitsLow === undefined || digitsHigh === undefined
    ? ""
    : `; on new digits ${points(digitsLow, digitsHigh)}`;
  return `Measured by engine ${engine.name} ${engine.version}, iteration ${base} minus itself with ${instead}: ${
    points(imagesLow, imagesHigh)
  } (95 %, other seeds; ${pWords(imagesAdjustedP)}${digits})${equal}`;
}

/** What tells two recipes apart, in words. */
export function differingParts(a: Iteration, b: Iteration): string[] {
  const same = (x: unknown, y: unknown) => JSON.stringify(x) === JSON.stringify(y);
  const { training: s } = a, { training: t } = b;
  const parts: [string, unknown, unknown][] = [
    ["layers", a.layers, b.layers],
    ["epochs", s.epochs, t.epochs],
    ["batch size", s.batchSize, t.batchSize],
    ["optimizer", s.optimizer, t.optimizer],
    ["schedule", s.schedule, t.schedule],
    ["augmentation", s.augmentation, t.augmentation],
    ["training normalization", s.trainNormalization, t.trainNormalization],
    ["test normalization", s.testNormalization, t.testNormalization],
  ];
  return parts.filter(([, x, y]) => !same(x, y)).map(([name]) => name);
}

function perEpoch(
  { record, summary }: ClaimContext,
  epoch: number,
  value: (row: EpochRow) => number | undefined,
): Distribution | undefined {
  const seeds = new Set(summary.completed.map(({ seed }) => seed));
  const rows = record.epochs.filter((row) =>
    row.iteration === summary.iteration.id && row.epoch === epoch && seeds.has(row.seed)
  );
  return describe(rows.map(value).filter((each) => each !== undefined));
}

function scaled(distribution: Distribution | undefined, scale: number): Distribution | undefined {
  if (distribution === undefined) return undefined;
  const { n, mean, deviation, min, max } = distribution;
  return {
    n,
    mean: mean * scale,
    ...(deviation === undefined ? {} : { deviation: deviation * scale }),
    min: min * scale,
    max: max * scale,
  };
}

/** The epoch of the highest value, 1-based; the first of equals. */
function peakOf(accuracies: readonly number[]): number {
  return accuracies.indexOf(Math.max(...accuracies)) + 1;
}

function meanPercent(distribution: Distribution): string {
  return distribution.n === 1 ? percent(distribution.mean) : `${formatMean(distribution)} %`;
}

function joinWords(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}
