/**
 * What training the field again says: entry by entry, and of the field as a whole.
 *
 * An entry's published best is held against best accuracies, its final one against final ones, each by where one new
 * trial would lie. No person is judged: an entry is a file that somebody was so kind as to publish.
 *
 * @module
 */
import { isVariant } from "../../models/ablations/ablation.ts";
import type { Iteration } from "../../models/iteration.ts";
import { PUBLISHED_CLAIMS } from "../../models/published_claims.ts";
import type { ClaimFinding } from "../judge/claims/finding.ts";
import { judgeAccuracy } from "../judge/claims/judge_number.ts";
import { CHALLENGE, whyNotJudged } from "../judge/judge.ts";
import { pairedGains } from "../run/effects.ts";
import type { RunRecord } from "../run/run_record.ts";
import { type IterationSummary, reaches, summarizeRun, TARGET_ACCURACY } from "../run/summary.ts";
import { steppedVariants } from "./stepped.ts";
import { describe, type Distribution, type Interval, mcnemarTest, tInterval } from "../statistics/mod.ts";

/** One entry, measured. */
export interface FieldEntry {
  readonly iteration: Iteration;
  readonly summary: IterationSummary;
  /** Why its claim is not judged; absent where it is. */
  readonly notJudged?: string;
  /** Published best against measured best accuracies. */
  readonly best?: ClaimFinding;
  /** Published final against measured final accuracies. */
  readonly final?: ClaimFinding;
  /**
   * How many layers of better entries lie above it: 0 where no entry has fewer parameters and at least its mean final
   * accuracy; absent without a completed trial.
   */
  readonly rank?: number;
  /** What stepping a schedule that the source builds and never steps would have given; absent where not measured. */
  readonly stepping?: MeanGap;
}

/** A mean over entries, or over seeds, in fractions, with Student's interval. */
export interface MeanGap {
  readonly count: number;
  readonly mean: number;
  readonly interval?: Interval;
}

/** The field as a whole. */
export interface FieldOverview {
  readonly entries: number;
  /** With a claim that can be judged, and two trials or more. */
  readonly judged: number;
  /** Published best minus measured final: what readers of the published number expect too much. */
  readonly total?: MeanGap;
  /** Measured best minus measured final: what choosing the epoch with the test set adds. */
  readonly epochChoice?: MeanGap;
  /** Published best minus measured best: what is left for the choice of the run, and for luck. */
  readonly runChoice?: MeanGap;
  /** Entries whose published best is above, and below, the mean of the measured ones; a fair draw gives half. */
  readonly above: number;
  readonly below: number;
  /** Two-sided sign test of these two. */
  readonly signP: number;
  /** Entries that published the target as best, and those of all whose measured mean final accuracy reaches it. */
  readonly publishedTarget: number;
  readonly measuredTarget: number;
  /** Those of the published ones whose measured mean final accuracy reaches it. */
  readonly confirmedTarget: number;
  /** Entries that build a schedule and never step it. */
  readonly unusedSchedules: readonly FieldEntry[];
}

/** Judges every entry that has trials, in the order of their numbers. */
export function judgeField(record: RunRecord, catalog: readonly Iteration[]): FieldEntry[] {
  const iterations = summarizeRun(record, catalog).iterations.filter(({ iteration }) =>
    !isVariant(iteration)
  );
  const ranks = rankBySize(iterations);
  return iterations.map((summary) => ({
    ...judgeEntry(summary, record),
    rank: ranks.get(summary.iteration.id),
    stepping: steppingOf(summary.iteration, record),
  }));
}

/** Paired by seed: final accuracy with the schedule stepped minus without. */
function steppingOf(iteration: Iteration, { trials }: RunRecord): MeanGap | undefined {
  const [stepped] = steppedVariants([iteration]);
  return stepped && meanGap(pairedGains(trials, iteration.id, stepped.id));
}

function judgeEntry(summary: IterationSummary, record: RunRecord): FieldEntry {
  const { iteration } = summary, { claim = {} } = iteration, { manifest } = record;
  const notJudged = claim.comparable === false
    ? claim.note ?? "its figures are of something else than a fresh run gives"
    : claim.bestTestAccuracy === undefined && claim.finalTestAccuracy === undefined
    ? "no accuracy was published"
    : whyNotJudged(summary, manifest);
  if (notJudged !== undefined) return { iteration, summary, notJudged };
  const context = {
    iteration,
    claim,
    summary,
    record,
    catalog: [],
    published: PUBLISHED_CLAIMS,
    effects: [],
  };
  const images = manifest.dataset.testImages;
  const judged = (subject: string, claimed: number | undefined, measured: Distribution | undefined) =>
    claimed === undefined ? undefined : judgeAccuracy(context, { subject, claimed, measured, images });
  return {
    iteration,
    summary,
    best: judged("best test accuracy", claim.bestTestAccuracy, summary.best),
    final: judged("final test accuracy", claim.finalTestAccuracy, summary.final),
  };
}

/**
 * The best for their size first: entries that none beats in both, then those that none of the rest beats, and so on.
 * Source: Deb and others (2002), IEEE Transactions on Evolutionary Computation 6:182, non-dominated sorting.
 */
function rankBySize(summaries: readonly IterationSummary[]): Map<number, number> {
  const ranks = new Map<number, number>();
  let rest = summaries.flatMap(({ iteration: { id, parameters }, final }) =>
    final === undefined ? [] : [{ id, parameters, accuracy: final.mean }]
  );
  for (let rank = 0; rest.length > 0; rank++) {
    const front = rest.filter((entry) =>
      !rest.some((other) =>
        other.parameters <= entry.parameters && other.accuracy >= entry.accuracy &&
        (other.parameters < entry.parameters || other.accuracy > entry.accuracy)
      )
    );
    for (const { id } of front) ranks.set(id, rank);
    rest = rest.filter((entry) => !front.includes(entry));
  }
  return ranks;
}

/** The best `count` entries for their size, by parameters; of the last layer those of the highest accuracy. */
export function bestForSize(entries: readonly FieldEntry[], count: number): FieldEntry[] {
  return entries.filter(({ rank }) => rank !== undefined)
    .sort((a, b) => a.rank! - b.rank! || b.summary.final!.mean - a.summary.final!.mean)
    .slice(0, count)
    .sort((a, b) => a.iteration.parameters - b.iteration.parameters);
}

/** What the entries have in common. */
export function overviewOf(entries: readonly FieldEntry[]): FieldOverview {
  const judged = entries.flatMap((entry) => {
    const { best, final } = entry.summary, published = entry.iteration.claim?.bestTestAccuracy;
    const isJudged = entry.notJudged === undefined && published !== undefined;
    if (!isJudged || best?.deviation === undefined || final?.deviation === undefined) return [];
    return [{ published, best: best.mean, final: final.mean }];
  });
  const above = judged.filter(({ published, best }) => published > best).length;
  const below = judged.filter(({ published, best }) => published < best).length;
  const isTarget = ({ summary: { final } }: FieldEntry) =>
    final !== undefined && reaches(final.mean, CHALLENGE.accuracy);
  const published = entries.filter(({ notJudged, iteration: { claim } }) =>
    notJudged === undefined && reaches(claim?.bestTestAccuracy ?? 0, TARGET_ACCURACY)
  );
  return {
    entries: entries.length,
    judged: judged.length,
    total: meanGap(judged.map(({ published, final }) => published - final)),
    epochChoice: meanGap(judged.map(({ best, final }) => best - final)),
    runChoice: meanGap(judged.map(({ published, best }) => published - best)),
    above,
    below,
    signP: mcnemarTest({ onlyA: above, onlyB: below }),
    publishedTarget: published.length,
    measuredTarget: entries.filter(isTarget).length,
    confirmedTarget: published.filter(isTarget).length,
    unusedSchedules: entries.filter(({ iteration }) => iteration.source?.unusedSchedule !== undefined),
  };
}

function meanGap(gaps: readonly number[]): MeanGap | undefined {
  const distribution = describe(gaps);
  if (distribution === undefined) return undefined;
  return { count: distribution.n, mean: distribution.mean, interval: tInterval(distribution) };
}
