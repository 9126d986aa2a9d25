/**
 * One published claim with what was found about it.
 *
 * @module
 */
import type { Interval } from "../../statistics/mod.ts";

/**
 * - `consistent`, `above`, `below`: where a published number lies in what one new trial would give;
 * - `impossible`: it contradicts arithmetic or itself, whatever is measured;
 * - `contradicted`: a statement that the measurements speak against;
 * - `notShown`: an ablation tested it, and its intervals do not decide;
 * - `notTested`: the results cannot decide it;
 * - `notJudged`: something to judge it with is missing.
 */
export type ClaimVerdictWord =
  | "consistent"
  | "above"
  | "below"
  | "impossible"
  | "contradicted"
  | "notShown"
  | "notTested"
  | "notJudged";

/** Verdicts as they are shown. */
export const CLAIM_WORDS: Readonly<Record<ClaimVerdictWord, string>> = {
  consistent: "consistent",
  above: "above what was measured",
  below: "below what was measured",
  impossible: "impossible",
  contradicted: "contradicted",
  notShown: "not shown",
  notTested: "not tested here",
  notJudged: "not judged",
};

/** What was measured of a number, unrounded; accuracies are fractions. */
export interface ClaimNumbers {
  readonly claimed: number;
  readonly n: number;
  readonly mean: number;
  readonly deviation?: number;
  /** Where one new trial would lie in 95 of 100 cases. */
  readonly interval?: Interval;
}

/** A claim, judged. */
export interface ClaimFinding {
  readonly iteration: number;
  /** `test accuracy`, `parameters`, …: findings of one iteration and subject belong together. */
  readonly subject: string;
  /** `epoch 3`, `digit 5`; absent where the subject says it all. */
  readonly part?: string;
  /** With its unit. */
  readonly claimed: string;
  readonly measured: string;
  readonly verdict: ClaimVerdictWord;
  /** One sentence, without its full stop. */
  readonly reason: string;
  readonly numbers?: ClaimNumbers;
}
