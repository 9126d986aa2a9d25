import assert from "node:assert/strict";
import { auditClaims } from "../../../../bench/judge/claims/audit.ts";
import type { ConfusionRow } from "../../../../bench/run/rows.ts";
import { loadIterations } from "../../../../models/catalog.ts";
import type { Claim } from "../../../../models/iteration.ts";
import { recordOf } from "./record.ts";

const CATALOG = await loadIterations();
const FIFTH = CATALOG[4];
/** Of the test set: LeCun, Cortes and Burges (1998). */
const IMAGES = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009];
/** Mistakes that give the published accuracies: 978 of 980, 1132 of 1135, 979 of 982, 883 of 892, 946 of 958. */
const PUBLISHED = [2, 3, 5, 5, 3, 9, 12, 5, 5, 6];

/** Rows of trials that make so many mistakes with each digit, all of them 3, or 8 instead of a 3. */
function confusion(trials: readonly (readonly number[])[]): ConfusionRow[] {
  return trials.flatMap((errors, seed) =>
    errors.flatMap((wrong, label) => [
      { iteration: 5, seed, label, predicted: label, count: IMAGES[label] - wrong },
      ...(wrong === 0 ? [] : [{ iteration: 5, seed, label, predicted: label === 3 ? 8 : 3, count: wrong }]),
    ])
  );
}

function audit(trials: readonly (readonly number[])[] | undefined, claim: Partial<Claim> = {}) {
  const iteration = { ...FIFTH, claim: { ...FIFTH.claim, ...claim } };
  const count = trials?.length ?? 3;
  const curves = Array.from({ length: count }, () => ({ test: Array<number>(20).fill(0.9945) }));
  const record = recordOf([{ iteration, curves }], trials && { confusion: confusion(trials) });
  const findings = auditClaims(record, CATALOG.with(4, iteration));
  return (subject: string, part?: string) =>
    findings.find((each) => each.subject === subject && each.part === part)!;
}

/** Mistakes by digit with one more or less here and there. */
const SPREAD = [[3, 2, 5, 5, 3, 9, 12, 5, 5, 6], PUBLISHED, [2, 3, 6, 4, 4, 8, 11, 5, 6, 5]];

Deno.test("auditClaims() holds the published accuracy of each digit against its own images", () => {
  const found = audit(SPREAD);
  for (const digit of [0, 1, 4, 5, 6]) {
    const { verdict, numbers } = found("test accuracy by digit", `digit ${digit}`);
    assert.equal(verdict, "consistent");
    const mean = SPREAD.reduce((sum, errors) => sum + 1 - errors[digit] / IMAGES[digit], 0) / 3;
    assert.ok(Math.abs(numbers!.mean - mean) < 1e-12);
  }
  const better = audit(SPREAD.map((errors) => errors.with(6, errors[6] - 10)));
  assert.equal(better("test accuracy by digit", "digit 6").verdict, "below");
});

Deno.test("auditClaims() finds accuracies that no whole number of images gives", () => {
  // 978 of 980 is 99.796 %, 977 is 99.694 %.
  const found = audit(SPREAD, { perClass: { 0: 0.9975, 1: 0.9974 } });
  const { verdict, reason } = found("test accuracy by digit", "digit 0");
  assert.deepEqual([verdict, reason], [
    "impossible",
    "There are 980 images of it, and no whole number of them is that share",
  ]);
  assert.equal(found("test accuracy by digit", "digit 1").verdict, "consistent");
});

Deno.test("auditClaims() adds the published digits' errors up and holds them against the total", () => {
  const total = (claim: Partial<Claim>) => {
    const { claimed, measured, verdict } = audit(SPREAD, claim)("errors by digit against the best accuracy");
    return [claimed, measured, verdict];
  };
  assert.deepEqual(total({}), ["29 of 55", "26 left for digits 2, 3, 7, 8, 9", "consistent"]);
  assert.equal(total({ bestTestAccuracy: 0.9975 })[2], "impossible");
});

Deno.test("auditClaims() contradicts a ranking that the trials' differences speak against", () => {
  const ranking = (trials: readonly (readonly number[])[]) => audit(trials)("easiest and hardest digits");
  assert.equal(ranking(SPREAD).verdict, "consistent");
  const wrong = [[2, 3, 5, 5, 3, 9, 12, 5, 5, 40], [2, 3, 5, 5, 3, 9, 12, 5, 5, 41], [
    2,
    3,
    5,
    5,
    3,
    9,
    12,
    5,
    5,
    42,
  ]];
  const { verdict, reason, measured } = ranking(wrong);
  assert.equal(verdict, "contradicted");
  assert.match(reason, /^Digit 5 has 98\.99 % in the mean and digit 9 only 95\.94 %/);
  assert.match(measured, /; 9, 6 hardest \(n = 3\)$/);
  // As many trials as it takes, but no spread where there is only one.
  assert.equal(ranking(wrong.slice(0, 1)).verdict, "notJudged");
});

Deno.test("auditClaims() does not judge digits where nobody has counted them", () => {
  const found = audit(undefined);
  for (const finding of [found("test accuracy by digit", "digit 5"), found("easiest and hardest digits")]) {
    assert.equal(finding.verdict, "notJudged");
    assert.match(finding.reason, /^Predictions or test labels are missing/);
  }
});
