/**
 * The audit as tables and as `claims.csv`.
 *
 * @module
 */
import { type Columns, formatCsv, type RowOf } from "../run/csv.ts";
import { formatNumberList } from "../command_line/format.ts";
import { CLAIM_WORDS, type ClaimFinding, type ClaimVerdictWord } from "../judge/claims/finding.ts";

/** Cells of one row: iteration, claim, claimed, measured, verdict, reason. */
export type ClaimCells = readonly [string, string, string, string, string, string];

/** One row per claim. */
export function claimRows(findings: readonly ClaimFinding[]): ClaimCells[] {
  return findings.map((finding) => [
    String(finding.iteration),
    claimName(finding),
    finding.claimed,
    finding.measured,
    CLAIM_WORDS[finding.verdict],
    finding.reason,
  ]);
}

/** One row per iteration and subject: epochs and digits side by side, told apart only where their verdicts are. */
export function compactClaimRows(findings: readonly ClaimFinding[]): ClaimCells[] {
  return groupClaims(findings).map((group) => {
    if (group.length === 1) return claimRows(group)[0];
    const [{ iteration, subject }] = group;
    const parts = group.map(({ part = "" }) => part.split(" "));
    const word = parts[0][0];
    return [
      String(iteration),
      `${subject}, ${word}s ${formatNumberList(parts.map(([, number]) => Number(number)))}`,
      joinValues(group.map(({ claimed }) => claimed)),
      joinValues(group.map(({ measured }) => measured)),
      groupVerdict(group),
      groupReason(group),
    ];
  });
}

/** Findings of one iteration and subject together, in order. */
function groupClaims(findings: readonly ClaimFinding[]): ClaimFinding[][] {
  const groups = new Map<string, ClaimFinding[]>();
  for (const finding of findings) {
    const key = `${finding.iteration} ${finding.subject}`;
    groups.set(key, [...groups.get(key) ?? [], finding]);
  }
  return [...groups.values()];
}

/** `test accuracy, epoch 3`. */
function claimName({ subject, part }: ClaimFinding): string {
  return part === undefined ? subject : `${subject}, ${part}`;
}

/** Values with what they end in alike said once: `97.87, 98.27 %`; the trials counted go before the unit. */
function joinValues(values: readonly string[]): string {
  const ends = values.map((value) => value.match(/(?: %)?(?: \(n = \d+\))?$/)?.[0] ?? "");
  if (!ends.every((end) => end === ends[0])) return values.join(", ");
  return values.map((value) => value.slice(0, value.length - ends[0].length)).join(", ") + ends[0];
}

/** `consistent`; `4 consistent, 1 above what was measured (epoch 3)`. */
function groupVerdict(group: readonly ClaimFinding[]): string {
  const verdicts = [...new Set(group.map(({ verdict }) => verdict))];
  if (verdicts.length === 1) return CLAIM_WORDS[verdicts[0]];
  return verdicts.map((verdict) => {
    const members = group.filter((finding) => finding.verdict === verdict);
    const named = verdict === "consistent" ? "" : ` (${members.map(({ part }) => part).join(", ")})`;
    return `${members.length} ${CLAIM_WORDS[verdict]}${named}`;
  }).join(", ");
}

const GRAVITY: readonly ClaimVerdictWord[] = [
  "impossible",
  "contradicted",
  "above",
  "below",
  "consistent",
  "notShown",
  "notTested",
  "notJudged",
];

/** What is true of all, or the reason of the first of the gravest verdicts. */
function groupReason(group: readonly ClaimFinding[]): string {
  if (group.every(({ verdict }) => verdict === "consistent")) {
    return "Each, rounded as it was published, lies where 95 % of new trials would";
  }
  const [gravest] = [...group].sort((a, b) => GRAVITY.indexOf(a.verdict) - GRAVITY.indexOf(b.verdict));
  const isCommon = group.every(({ reason }) => reason === gravest.reason);
  return isCommon || gravest.part === undefined
    ? gravest.reason
    : `For ${gravest.part}: ${lowerFirst(gravest.reason)}`;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** Lies in the results folder. */
export const CLAIMS = "claims.csv";

/** `claims.csv`: one row per claim, unrounded where there is a number; accuracies as fractions. */
export const CLAIM_COLUMNS = {
  iteration: "number",
  claim: "text",
  claimed: "text",
  claimedValue: "number?",
  n: "number?",
  measuredMean: "number?",
  measuredDeviation: "number?",
  intervalLow: "number?",
  intervalHigh: "number?",
  verdict: "text",
  reason: "text",
} as const satisfies Columns;

/** The text of `claims.csv`. */
export function serializeClaims(findings: readonly ClaimFinding[]): string {
  return formatCsv(CLAIM_COLUMNS, findings.map(claimRow));
}

function claimRow(finding: ClaimFinding): RowOf<typeof CLAIM_COLUMNS> {
  const { iteration, claimed, numbers, verdict, reason } = finding;
  return {
    iteration,
    claim: claimName(finding),
    claimed,
    claimedValue: numbers?.claimed,
    n: numbers?.n,
    measuredMean: numbers?.mean,
    measuredDeviation: numbers?.deviation,
    intervalLow: numbers?.interval?.low,
    intervalHigh: numbers?.interval?.high,
    verdict: CLAIM_WORDS[verdict],
    reason,
  };
}
