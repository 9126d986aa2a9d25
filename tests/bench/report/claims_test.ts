import assert from "node:assert/strict";
import type { ClaimFinding } from "../../../bench/judge/claims/finding.ts";
import { claimRows, compactClaimRows, serializeClaims } from "../../../bench/report/claims.ts";
import { claimLabel, claimVerdict } from "../../../bench/judge/claims/verdict.ts";
import { SHORT } from "../fixtures.ts";

const epoch = (part: number, claimed: string, verdict: ClaimFinding["verdict"]): ClaimFinding => ({
  iteration: 1,
  subject: "test accuracy",
  part: `epoch ${part}`,
  claimed,
  measured: `98.0${part} ± 0.10 % (n = 3)`,
  verdict,
  reason: `Range ${part}`,
  numbers: { claimed: 0.98, n: 3, mean: 0.9801, deviation: 0.001, interval: { low: 0.97, high: 0.99 } },
});

const FINDINGS: readonly ClaimFinding[] = [
  {
    iteration: 1,
    subject: "parameters",
    claimed: "3,400",
    measured: "3,414",
    verdict: "impossible",
    reason: "The layers have 3,414",
  },
  {
    iteration: 1,
    subject: "best test accuracy",
    claimed: "98.00 %",
    measured: "98.10 % (n = 1)",
    verdict: "notJudged",
    reason: "One trial shows no spread",
  },
  epoch(1, "98.00 %", "consistent"),
  epoch(2, "99.50 %", "above"),
];

Deno.test("compactClaimRows() lays epochs side by side and names those whose verdict is another", () => {
  assert.deepEqual(compactClaimRows(FINDINGS)[2], [
    "1",
    "test accuracy, epochs 1,2",
    "98.00, 99.50 %",
    "98.01 ± 0.10, 98.02 ± 0.10 % (n = 3)",
    "1 consistent, 1 above what was measured (epoch 2)",
    "For epoch 2: range 2",
  ]);
  const alike = FINDINGS.map((finding) => ({ ...finding, verdict: "consistent" as const }));
  assert.deepEqual(compactClaimRows(alike)[2].slice(4), [
    "consistent",
    "Each, rounded as it was published, lies where 95 % of new trials would",
  ]);
  assert.equal(compactClaimRows(FINDINGS).length, 3);
  assert.deepEqual(compactClaimRows(FINDINGS).slice(0, 2), claimRows(FINDINGS).slice(0, 2));
});

Deno.test("serializeClaims() writes a row per claim, numbers unrounded and empty where there are none", () => {
  assert.equal(
    serializeClaims(FINDINGS.slice(0, 3)),
    `iteration,claim,claimed,claimedValue,n,measuredMean,measuredDeviation,intervalLow,intervalHigh,verdict,reason
1,parameters,"3,400",,,,,,,impossible,"The layers have 3,414"
1,best test accuracy,98.00 %,,,,,,,not judged,One trial shows no spread
1,"test accuracy, epoch 1",98.00 %,0.98,3,0.9801,0.001,0.97,0.99,consistent,Range 1
`,
  );
});

Deno.test("claimVerdict() puts impossible parameters first, then what is said of the best accuracy", () => {
  const verdict = claimVerdict(FINDINGS, SHORT);
  assert.equal(verdict.status, "impossible");
  assert.equal(claimLabel(verdict), "impossible: parameters; accuracy not judged");
  const right = FINDINGS.with(0, { ...FINDINGS[0], verdict: "consistent" })
    .with(1, { ...FINDINGS[1], verdict: "above" });
  assert.equal(claimVerdict(right, SHORT).status, "above");
  assert.equal(claimLabel(claimVerdict(right, SHORT)), "above what was measured");
  // of a claim that nothing was held against, and of none
  assert.equal(claimVerdict([], SHORT).status, "notJudged");
  assert.equal(claimVerdict([], { ...SHORT, claim: undefined }).status, "none");
});
