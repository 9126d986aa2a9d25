/**
 * The verdict on an iteration's claim: its parameters and its best accuracy.
 *
 * @module
 */
import { CLAIM_WORDS, type ClaimFinding } from "./finding.ts";

/** What was published, held against what was measured. */
export interface ClaimVerdict {
  /** `impossible` if the parameters are, else what is said of the best accuracy. */
  readonly status: ClaimFinding["verdict"];
  readonly parameters: ClaimFinding;
  readonly accuracy: ClaimFinding;
}

/** Subjects of the two findings that make an iteration's verdict. */
export const PARAMETERS = "parameters", BEST_ACCURACY = "best test accuracy";

/** Draws the verdict on an iteration from the audit. */
export function claimVerdict(findings: readonly ClaimFinding[], iteration: number): ClaimVerdict {
  const [parameters, accuracy] = [PARAMETERS, BEST_ACCURACY].map((subject) => {
    const finding = findings.find((each) => each.iteration === iteration && each.subject === subject);
    if (finding === undefined) {
      throw new Error(`Cannot judge the claim of iteration ${iteration}: no ${subject}`);
    }
    return finding;
  });
  const status = parameters.verdict === "impossible" ? "impossible" : accuracy.verdict;
  return { status, parameters, accuracy };
}

/** `consistent`, `above what was measured`, `impossible: parameters; accuracy consistent`, … */
export function claimLabel({ status, parameters, accuracy }: ClaimVerdict): string {
  if (parameters.verdict !== "impossible") return CLAIM_WORDS[status];
  return `impossible: parameters; accuracy ${CLAIM_WORDS[accuracy.verdict]}`;
}
