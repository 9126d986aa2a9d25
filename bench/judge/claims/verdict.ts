/**
 * The verdict on an iteration's claim: its parameters and its best accuracy.
 *
 * @module
 */
import type { Iteration } from "../../../models/iteration.ts";
import { CLAIM_WORDS, type ClaimFinding } from "./finding.ts";

/** What was published, held against what was measured. */
export interface ClaimVerdict {
  /** `impossible` if the parameters are, else what is said of the best accuracy; `none` where nothing was published. */
  readonly status: ClaimFinding["verdict"] | "none";
  readonly parameters: ClaimFinding | undefined;
  readonly accuracy: ClaimFinding | undefined;
}

/** Subjects of the two findings that make an iteration's verdict. */
export const PARAMETERS = "parameters", BEST_ACCURACY = "best test accuracy";

/** Draws the verdict on an iteration from the audit, which has none of a claim that the results say nothing about. */
export function claimVerdict(findings: readonly ClaimFinding[], { id, claim }: Iteration): ClaimVerdict {
  const [parameters, accuracy] = [PARAMETERS, BEST_ACCURACY].map((subject) =>
    findings.find((each) => each.iteration === id && each.subject === subject)
  );
  const isPublished = claim?.parameters !== undefined || claim?.bestTestAccuracy !== undefined;
  const status = parameters?.verdict === "impossible"
    ? "impossible"
    : accuracy?.verdict ?? parameters?.verdict ?? (isPublished ? "notJudged" : "none");
  return { status, parameters, accuracy };
}

/** `consistent`, `above what was measured`, `impossible: parameters; accuracy consistent`, … */
export function claimLabel(verdict: ClaimVerdict): string {
  const { status, parameters, accuracy } = verdict;
  if (status === "none") return claimWord(verdict);
  if (parameters?.verdict !== "impossible" || accuracy === undefined) return CLAIM_WORDS[status];
  return `impossible: parameters; accuracy ${CLAIM_WORDS[accuracy.verdict]}`;
}

/** The verdict in a word or two. */
export function claimWord({ status }: ClaimVerdict): string {
  return status === "none" ? "nothing published" : CLAIM_WORDS[status];
}
