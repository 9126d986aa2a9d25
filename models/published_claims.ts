/**
 * What was published about the five iterations and is no number of one iteration's `claim`: arithmetic, losses,
 * statements about digits, epochs and causes. `deno task claims` holds all of it against the results.
 *
 * @module
 */

import type { AblationName } from "./ablations/mod.ts";

/** `parameters` are said to be `under` fewer than the challenge's budget. */
export interface BudgetClaim {
  readonly iteration: number;
  readonly parameters: number;
  readonly under: number;
}

/** Test accuracy is said to peak at `epoch`. */
export interface PeakClaim {
  readonly iteration: number;
  readonly epoch: number;
}

/** A loss that was published for each epoch, as it was printed. */
export interface LossClaim {
  readonly iteration: number;
  readonly set: "train" | "test";
  readonly losses: readonly number[];
  /** Digits after the point. */
  readonly digits: number;
}

/** Which digits are said to be recognized best and worst. */
export interface RankingClaim {
  readonly iteration: number;
  readonly best: readonly number[];
  readonly hardest: readonly number[];
}

/** A change to which a better result is credited. */
export interface CauseClaim {
  /** The first iteration that has the change. */
  readonly iteration: number;
  /** The iteration before it. */
  readonly than: number;
  readonly statement: string;
  /** What takes the change out of an iteration again, and nothing else. */
  readonly ablation: AblationName;
}

/** A best accuracy that was published as "about": true within this fraction. */
export interface AboutClaim {
  readonly iteration: number;
  readonly within: number;
}

/** The published statements. */
export interface PublishedClaims {
  readonly budgets: readonly BudgetClaim[];
  readonly peaks: readonly PeakClaim[];
  readonly losses: readonly LossClaim[];
  readonly rankings: readonly RankingClaim[];
  readonly causes: readonly CauseClaim[];
  readonly about: readonly AboutClaim[];
}

export const PUBLISHED_CLAIMS: PublishedClaims = {
  budgets: [{ iteration: 1, parameters: 9_190, under: 15_810 }],
  peaks: [{ iteration: 1, epoch: 3 }],
  losses: [
    { iteration: 1, set: "train", losses: [0.3268, 0.1229, 0.1067, 0.0990, 0.0933], digits: 4 },
    { iteration: 1, set: "test", losses: [0.0005, 0.0004, 0.0004, 0.0005, 0.0003], digits: 4 },
  ],
  rankings: [{ iteration: 5, best: [0, 1, 4], hardest: [5, 6] }],
  causes: [
    {
      iteration: 3,
      than: 2,
      statement: "global average pooling instead of a large linear layer helps",
      ablation: "global-average-pool",
    },
    { iteration: 3, than: 2, statement: "dropout after pooling helps", ablation: "dropout" },
    {
      iteration: 4,
      than: 3,
      statement: "matching the test normalization was critical",
      ablation: "matched-normalization",
    },
    { iteration: 4, than: 3, statement: "the 1×1 convolution helps", ablation: "pointwise-conv" },
    { iteration: 5, than: 4, statement: "OneCycleLR converges better", ablation: "one-cycle" },
  ],
  about: [{ iteration: 4, within: 0.0005 }],
};
