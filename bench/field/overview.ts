/**
 * What training the field again says of the field as a whole.
 *
 * @module
 */
import type { ClaimFinding } from "../judge/claims/finding.ts";
import { CHALLENGE } from "../judge/judge.ts";
import { reaches } from "../run/summary.ts";
import { type FieldEntry, type MeanGap, meanGap } from "./judge_field.ts";
import { mcnemarTest, median } from "../statistics/mod.ts";

/** The field as a whole; accuracies are fractions. */
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
  /** Verdicts on published best accuracies, and on published final ones. */
  readonly best: VerdictCounts;
  readonly final: VerdictCounts;
  /** Verdicts on logged training accuracies of the last epoch. */
  readonly training: VerdictCounts;
  /** Logged minus measured training accuracy of the last epoch, of judged entries with two trials: no choice is in it. */
  readonly trainingGap?: MeanGap;
  /** Sample deviation of an entry's final accuracies, the median over entries with two trials or more. */
  readonly spread?: number;
  /**
   * Pairs of judged entries whose published best accuracies differ, and those of them where the one that was published
   * with more has the higher mean final accuracy as well.
   */
  readonly pairs: number;
  readonly pairsInOrder: number;
  /** Judged entries that published the target as best, and those of them whose mean final accuracy reaches it. */
  readonly publishedTarget: number;
  readonly confirmedTarget: number;
  /** Entries whose mean final accuracy reaches the target, and those of which only the mean best accuracy does. */
  readonly measuredTarget: number;
  readonly onlyBestTarget: number;
  /** Entries that build a schedule and never step it. */
  readonly unusedSchedules: readonly FieldEntry[];
}

/** Published numbers by where they lie in what one new trial would give. */
export interface VerdictCounts {
  readonly consistent: number;
  readonly above: number;
  readonly below: number;
}

/** Means over trials and entries lie between whole images. */
const OF_MEANS = { unit: 0 } as const;

/** What the entries have in common. */
export function overviewOf(entries: readonly FieldEntry[]): FieldOverview {
  const judged = entries.flatMap((entry) => {
    const { best, final } = entry.summary, published = entry.iteration.claim?.bestTestAccuracy;
    const isJudged = entry.notJudged === undefined && published !== undefined;
    if (!isJudged || best?.deviation === undefined || final?.deviation === undefined) return [];
    return [{ entry, published, best: best.mean, final: final.mean }];
  });
  const above = judged.filter(({ published, best }) => published > best).length;
  const below = judged.filter(({ published, best }) => published < best).length;
  const isTarget = (accuracy: number | undefined) =>
    accuracy !== undefined && reaches(accuracy, CHALLENGE.accuracy);
  const isFinalTarget = ({ summary: { final } }: FieldEntry) => isTarget(final?.mean);
  const withTarget = judged.filter(({ published }) => isTarget(published));
  return {
    entries: entries.length,
    judged: judged.length,
    total: meanGap(judged.map(({ published, final }) => published - final), OF_MEANS),
    epochChoice: meanGap(judged.map(({ best, final }) => best - final), OF_MEANS),
    runChoice: meanGap(judged.map(({ published, best }) => published - best), OF_MEANS),
    above,
    below,
    signP: mcnemarTest({ onlyA: above, onlyB: below }),
    best: countVerdicts(entries.map(({ best }) => best)),
    final: countVerdicts(entries.map(({ final }) => final)),
    training: countVerdicts(entries.map(({ training }) => training)),
    trainingGap: meanGap(
      entries.flatMap(({ training, notJudged }) =>
        training?.numbers?.deviation === undefined || notJudged !== undefined
          ? []
          : [training.numbers.claimed - training.numbers.mean]
      ),
      OF_MEANS,
    ),
    spread: median(entries.flatMap(({ summary: { final } }) => final?.deviation ?? [])),
    ...orderOf(judged),
    publishedTarget: withTarget.length,
    confirmedTarget: withTarget.filter(({ entry }) => isFinalTarget(entry)).length,
    measuredTarget: entries.filter(isFinalTarget).length,
    onlyBestTarget:
      entries.filter((entry) => !isFinalTarget(entry) && isTarget(entry.summary.best?.mean)).length,
    unusedSchedules: entries.filter(({ iteration }) => iteration.source?.unusedSchedule !== undefined),
  };
}

function countVerdicts(findings: readonly (ClaimFinding | undefined)[]): VerdictCounts {
  const count = (verdict: ClaimFinding["verdict"]) =>
    findings.filter((finding) => finding?.verdict === verdict).length;
  return { consistent: count("consistent"), above: count("above"), below: count("below") };
}

/** Pairs in the same order, as Kendall's rank correlation counts them; measured means hardly ever tie. */
function orderOf(
  judged: readonly { readonly published: number; readonly final: number }[],
): Pick<FieldOverview, "pairs" | "pairsInOrder"> {
  const pairs = judged.flatMap((a, index) =>
    judged.slice(index + 1).filter((b) => b.published !== a.published).map((b) =>
      (a.published - b.published) * (a.final - b.final) > 0
    )
  );
  return { pairs: pairs.length, pairsInOrder: pairs.filter((inOrder) => inOrder).length };
}
