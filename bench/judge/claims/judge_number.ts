/**
 * Judges a published number by what one new trial would give.
 *
 * @module
 */
import type { PublishedClaims } from "../../../models/published_claims.ts";
import type { Claim, Iteration } from "../../../models/iteration.ts";
import { formatPercent, MISSING } from "../../command_line/format.ts";
import type { MeasuredEffects } from "../../run/effects.ts";
import type { RunRecord } from "../../run/run_folder.ts";
import type { Distribution, Interval } from "../../statistics/mod.ts";
import { type IterationSummary, NOT_EVERY_EPOCH } from "../../run/summary.ts";
import type { ClaimFinding, ClaimNumbers, ClaimVerdictWord } from "./finding.ts";
import { predictionInterval } from "./prediction.ts";

/** What the claims about one iteration are held against. */
export interface ClaimContext {
  readonly iteration: Iteration;
  /** The iteration's own. */
  readonly claim: Claim;
  readonly summary: IterationSummary;
  readonly record: RunRecord;
  readonly catalog: readonly Iteration[];
  readonly published: PublishedClaims;
  /** What ablations gave; absent where there are none. */
  readonly effects?: MeasuredEffects;
  /** Why accuracies say nothing about the claims; undefined where they do. */
  readonly notJudged?: string;
}

interface NumberToJudge {
  readonly subject: string;
  readonly part?: string;
  readonly claimed: string;
  readonly value: number;
  readonly distribution: Distribution | undefined;
  /** What measured values are whole multiples of; 0 for losses. */
  readonly unit: number;
  /** Half of the last digit that was published. */
  readonly rounding: number;
  /** Values outside cannot be. */
  readonly clip?: Interval;
  /** Binomial noise to add. */
  readonly counted?: { readonly share: number; readonly images: number };
  readonly format: (value: number) => string;
  readonly note?: string;
}

interface AccuracyToJudge {
  readonly subject: string;
  readonly part?: string;
  readonly claimed: number;
  /** Half-width of what the claim says, where it says "about". */
  readonly within?: number;
  readonly measured: Distribution | undefined;
  readonly images: number;
  readonly note?: string;
}

/** Judges a claimed accuracy by the prediction interval of one new trial, the images' binomial noise included. */
export function judgeAccuracy(context: ClaimContext, claim: AccuracyToJudge): ClaimFinding {
  const { claimed, within, measured, images } = claim;
  return judgeNumber(context, {
    ...claim,
    claimed: within === undefined ? percent(claimed) : `about ${formatPercent(claimed, 1)} %`,
    value: claimed,
    distribution: measured,
    unit: 1 / images,
    rounding: within ?? 0.000_05,
    clip: { low: 0, high: 1 },
    // Halfway, so that neither a claim nor a mean of 100 % takes the noise away.
    counted: measured && { share: (claimed + measured.mean) / 2, images },
    format: percent,
  });
}

/** Judges a number by the prediction interval of one new trial. */
export function judgeNumber(
  { iteration, notJudged, summary }: ClaimContext,
  claim: NumberToJudge,
): ClaimFinding {
  const { subject, part, claimed, value, distribution, format } = claim;
  const base = { iteration: iteration.id, subject, ...(part === undefined ? {} : { part }), claimed };
  if (notJudged !== undefined || distribution === undefined) {
    const reason = notJudged ??
      (summary.completed.length === 0
        ? "no completed trial"
        : summary.target === undefined
        ? NOT_EVERY_EPOCH
        : "no such epoch");
    return { ...base, measured: MISSING, verdict: "notJudged", reason: capitalize(reason) };
  }
  const interval = clipped(predictionInterval(distribution, claim), claim.clip);
  const measured = meanText(distribution, format);
  const numbers = numbersOf(value, distribution, interval);
  if (interval === undefined) {
    return { ...base, measured, verdict: "notJudged", reason: "One trial shows no spread", numbers };
  }
  const verdict: ClaimVerdictWord = value + claim.rounding < interval.low
    ? "below"
    : value - claim.rounding > interval.high
    ? "above"
    : "consistent";
  const [low, unit = ""] = format(interval.low).split(/(?= %$)/);
  const isWithin = value >= interval.low && value <= interval.high;
  const rounded = verdict === "consistent" && !isWithin
    ? "; it lies outside by less than it was rounded by"
    : "";
  const note = claim.note === undefined ? "" : `; ${claim.note}`;
  const reason = `95 % of new trials would lie in ${low} to ${
    format(interval.high).replace(unit, "")
  }${unit}${rounded}${note}`;
  return { ...base, measured, verdict, reason, numbers };
}

/** Mean, spread and interval, for the files. */
export function numbersOf(
  claimed: number,
  { n, mean, deviation }: Distribution,
  interval?: Interval,
): ClaimNumbers {
  return {
    claimed,
    n,
    mean,
    ...(deviation === undefined ? {} : { deviation }),
    ...(interval && { interval }),
  };
}

function clipped(interval: Interval | undefined, clip: Interval | undefined): Interval | undefined {
  if (interval === undefined || clip === undefined) return interval;
  return { low: Math.max(interval.low, clip.low), high: Math.min(interval.high, clip.high) };
}

/** `99.45 %`. */
export function percent(fraction: number): string {
  return `${formatPercent(fraction)} %`;
}

/** `98.60 ± 0.22 % (n = 5)`. */
export function meanText(distribution: Distribution | undefined, format: (value: number) => string): string {
  if (distribution === undefined) return MISSING;
  const { n, mean, deviation } = distribution;
  const [value, unit = ""] = format(mean).split(/(?= %$)/);
  const spread = deviation === undefined ? "" : ` ± ${format(deviation).replace(/ %$/, "")}`;
  return `${value}${spread}${unit} (n = ${n})`;
}

/** With a capital first. */
export function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
