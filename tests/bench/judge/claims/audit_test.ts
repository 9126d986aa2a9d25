/**
 * @file The audit of the real iterations' claims on made-up measurements, and planted contradictions.
 */
import assert from "node:assert/strict";
import { auditClaims } from "../../../../bench/judge/claims/audit.ts";
import type { ClaimFinding } from "../../../../bench/judge/claims/finding.ts";
import { PUBLISHED_CLAIMS } from "../../../../models/published_claims.ts";
import { loadIterations } from "../../../../models/catalog.ts";
import type { Claim, Iteration } from "../../../../models/iteration.ts";
import { type Curve, recordOf } from "./record.ts";

const CATALOG = await loadIterations();
const [FIRST, SECOND, THIRD, FOURTH, FIFTH] = CATALOG;

function find(findings: readonly ClaimFinding[], iteration: Iteration, subject: string, part?: string) {
  const found = findings.filter((each) =>
    each.iteration === iteration.id && each.subject === subject && each.part === part
  );
  assert.equal(found.length, 1, `${iteration.id} ${subject} ${part}: ${found.length}`);
  return found[0];
}

/** Twenty epochs that rise to `best` at `peak` and stay a little below it afterwards. */
function rising(best: number, peak: number): Curve {
  return {
    test: Array.from(
      { length: 20 },
      (_, index) =>
        index + 1 < peak ? best - 0.001 * (peak - index - 1) / 5 : index + 1 === peak ? best : best - 0.0004,
    ),
  };
}

/** Iteration 1 as measured three times, in rounded numbers. */
const CURVES: readonly Curve[] = [
  {
    test: [0.9708, 0.9781, 0.9797, 0.9835, 0.9836],
    train: [0.9003, 0.9586, 0.9649, 0.9686, 0.9701],
    testLoss: [0.1068, 0.0719, 0.0665, 0.0550, 0.0563],
    trainLoss: [0.3541, 0.1375, 0.1148, 0.1033, 0.0980],
  },
  {
    test: [0.9755, 0.9830, 0.9830, 0.9855, 0.9866],
    train: [0.9080, 0.9608, 0.9660, 0.9693, 0.9706],
    testLoss: [0.0880, 0.0590, 0.0600, 0.0530, 0.0500],
    trainLoss: [0.3200, 0.1290, 0.1110, 0.1000, 0.0960],
  },
  {
    test: [0.9762, 0.9845, 0.9812, 0.9857, 0.9879],
    train: [0.9073, 0.9588, 0.9659, 0.9694, 0.9711],
    testLoss: [0.0780, 0.0590, 0.0555, 0.0528, 0.0480],
    trainLoss: [0.3220, 0.1330, 0.1090, 0.0980, 0.0960],
  },
];

Deno.test("auditClaims() calls impossible what contradicts arithmetic or itself, whatever is measured", () => {
  const findings = auditClaims(
    recordOf([{ iteration: FIRST, curves: CURVES }, { iteration: FOURTH, curves: [rising(0.996, 18)] }]),
    CATALOG,
  );
  const show = (iteration: Iteration, subject: string, part?: string) => {
    const { claimed, measured, verdict, reason } = find(findings, iteration, subject, part);
    return [claimed, measured, verdict, reason];
  };
  assert.deepEqual(show(FIRST, "parameters"), [
    "9,190",
    "9,190",
    "consistent",
    "The layers have exactly as many",
  ]);
  assert.deepEqual(show(FOURTH, "parameters"), [
    "26,202",
    "26,870",
    "impossible",
    "The layers have 26,870; 26,202 is the count of iteration 3",
  ]);
  assert.deepEqual(show(FIRST, "parameters under budget"), [
    "15,810",
    "10,810",
    "impossible",
    "20,000 − 9,190 = 10,810; 15,810 is what is left of 25,000",
  ]);
  assert.deepEqual(show(FIRST, "test accuracy peaks"), [
    "epoch 3",
    "epoch 5 as published",
    "impossible",
    "The accuracies published with it are highest at epoch 5; here 0 of 3 trials peaked at 3",
  ]);
  // 2.13 % wrong at ln 2 each: 0.01476.
  assert.deepEqual(show(FIRST, "test loss", "epoch 1"), [
    "0.0005",
    "0.0909 ± 0.0146 (n = 3)",
    "impossible",
    "A wrong answer costs at least ln 2, so 97.87 % right means at least 0.0148 per image",
  ]);
});

Deno.test("auditClaims() explains the impossible losses by batch means added up and divided by the images", () => {
  const findings = auditClaims(recordOf([{ iteration: FIRST, curves: CURVES }]), CATALOG);
  const subject = "test loss, read as batch means added up and divided by 10,000";
  const first = find(findings, FIRST, subject, "epoch 1");
  // 79 batches; 0.0909 × 79 / 10,000 = 0.00072.
  assert.equal(first.measured, "0.00072 ± 0.00012 (n = 3)");
  for (let epoch = 1; epoch <= 5; epoch++) {
    assert.equal(find(findings, FIRST, subject, `epoch ${epoch}`).verdict, "consistent");
    assert.equal(find(findings, FIRST, "train loss", `epoch ${epoch}`).verdict, "consistent");
  }
});

Deno.test("auditClaims() holds an accuracy against the prediction interval of one new trial", () => {
  // n = 3, mean 98.00, SD 0.10: t 4.303 · 0.10 · √(4/3) = 0.497 points; binomial 1.96 · 0.14 = 0.27; together 0.57.
  const verdict = (claimed: number) => {
    const claim: Claim = { ...SECOND.claim, bestTestAccuracy: claimed, firstTestAccuracy: undefined };
    const iteration = { ...SECOND, claim };
    const curves = [0.979, 0.98, 0.981].map((best) => rising(best, 19));
    const findings = auditClaims(recordOf([{ iteration, curves }]), [FIRST, iteration]);
    return find(findings, iteration, "best test accuracy").verdict;
  };
  assert.deepEqual([0.9741, 0.9745, 0.9855, 0.9859].map(verdict), [
    "below",
    "consistent",
    "consistent",
    "above",
  ]);
});

Deno.test("auditClaims() sets two published draws of the same epoch side by side", () => {
  const curves = CURVES.map(({ test }) => ({ test: [...test, ...Array<number>(15).fill(0.985)] }));
  const finding = find(
    auditClaims(recordOf([{ iteration: SECOND, curves }]), CATALOG),
    SECOND,
    "test accuracy",
    "epoch 1",
  );
  assert.match(finding.reason, /; iteration 1 trains the same so far and was published with 97\.87 %$/);
});

Deno.test("auditClaims() takes an accuracy that was published as about with its rounding", () => {
  const verdict = (about: typeof PUBLISHED_CLAIMS.about) => {
    const record = recordOf([{
      iteration: FOURTH,
      curves: [0.9959, 0.9960, 0.9961].map((b) => rising(b, 16)),
    }]);
    const finding = find(
      auditClaims(record, CATALOG, { published: { ...PUBLISHED_CLAIMS, about } }),
      FOURTH,
      "best test accuracy",
    );
    return [finding.claimed, finding.verdict];
  };
  // The interval begins at 99.453 %; "about 99.4" may be 99.45 %, and within 0.07 points 99.47 %.
  assert.deepEqual(verdict(PUBLISHED_CLAIMS.about), ["about 99.4 %", "below"]);
  assert.deepEqual(verdict([{ iteration: 4, within: 0.0007 }]), ["about 99.4 %", "consistent"]);
  assert.deepEqual(verdict([]), ["99.40 %", "below"]);
});

Deno.test("auditClaims() judges the published epoch by the epochs measured, and one beyond the end at once", () => {
  const verdict = (claim: Partial<Claim>, peaks: readonly number[]) => {
    const iteration = { ...THIRD, claim: { ...THIRD.claim, ...claim } };
    const record = recordOf([{ iteration, curves: peaks.map((peak) => rising(0.995, peak)) }]);
    return find(auditClaims(record, CATALOG.with(2, iteration)), iteration, "epoch of the best accuracy")
      .verdict;
  };
  assert.equal(verdict({ epoch: 11 }, [14, 15, 17]), "consistent");
  // half an epoch below 15 ± 4.97, which the reason says
  assert.equal(verdict({ epoch: 10 }, [14, 15, 16]), "consistent");
  assert.equal(verdict({ epoch: 9 }, [14, 15, 16]), "below");
  assert.equal(verdict({ epoch: 11 }, [19, 19, 20]), "below");
  assert.equal(verdict({ epoch: 19 }, [19, 19, 19]), "consistent");
  // three that tie are known to an epoch: 19 ± 4.97/√12 of new trials
  assert.equal(verdict({ epoch: 18 }, [19, 19, 19]), "consistent");
  assert.equal(verdict({ epoch: 17 }, [19, 19, 19]), "below");
  assert.equal(verdict({ epoch: 21 }, [19, 19, 20]), "impossible");
  assert.equal(verdict({ epoch: 1, testAccuracies: [0.98, 0.99] }, [1, 2, 3]), "impossible");
});

Deno.test("auditClaims() says where a claim is consistent by its rounding alone", () => {
  const iteration = { ...THIRD, claim: { ...THIRD.claim, epoch: 10 } };
  const record = recordOf([{ iteration, curves: [14, 15, 16].map((peak) => rising(0.995, peak)) }]);
  const { reason } = find(
    auditClaims(record, CATALOG.with(2, iteration)),
    iteration,
    "epoch of the best accuracy",
  );
  // SciPy 1.17.1: 4.968275 = t.ppf(0.975, 2) · √(4/3)
  assert.equal(
    reason,
    "95 % of new trials would lie in 10 to 20; it lies outside by less than it was rounded by",
  );
});

Deno.test("auditClaims() does not test a cause where several things change at once, and says which", () => {
  const record = recordOf([
    { iteration: THIRD, curves: [rising(0.995, 15), rising(0.9948, 17)] },
    { iteration: FOURTH, curves: [rising(0.9962, 16), rising(0.996, 18)] },
    { iteration: FIFTH, curves: [rising(0.995, 18), rising(0.9949, 20)] },
  ]);
  const findings = auditClaims(record, CATALOG);
  const causes = findings.filter(({ claimed }) => claimed === "a cause");
  assert.deepEqual(causes.map(({ verdict }) => verdict), Array(5).fill("notTested"));
  assert.equal(
    find(findings, FOURTH, "matching the test normalization was critical").reason,
    "From iteration 3 to 4 several things change at once (layers and test normalization), so the results cannot say what this one does",
  );
  assert.equal(
    find(findings, FIFTH, "OneCycleLR converges better").measured,
    "final 99.57 ± 0.01 % (4), 99.48 ± 0.02 % (5)",
  );
});

Deno.test("auditClaims() judges a cause by what an ablation gave", () => {
  const record = recordOf([{ iteration: FIFTH, curves: [rising(0.995, 18), rising(0.9949, 20)] }]);
  const effect = {
    variant: "one-cycle",
    iteration: 9004,
    base: 5,
    factor: "one-cycle schedule",
    instead: "a constant learning rate",
    parameters: 19_798,
    seeds: 10,
    accuracy: 0.992,
    gain: 0.0029,
    imagesLow: 0.0025,
    imagesHigh: 0.0033,
    imagesP: 0.0001,
    imagesAdjustedP: 0.0006,
    imagesStatus: "better",
    digitsLow: 0.0018,
    digitsHigh: 0.004,
    digitsP: 0.001,
    digitsAdjustedP: 0.006,
    digitsStatus: "better",
  };
  const judged = (changes: Partial<typeof effect>) =>
    find(
      auditClaims(record, CATALOG, {
        effects: {
          engine: { name: "webgpu", version: 2, device: "a GPU" },
          rows: [{ ...effect, ...changes }],
        },
      }),
      FIFTH,
      "OneCycleLR converges better",
    );
  assert.deepEqual(judged({}), {
    iteration: 5,
    subject: "OneCycleLR converges better",
    claimed: "a cause",
    measured: "+0.29 points (n = 10)",
    verdict: "consistent",
    reason:
      "Measured by engine webgpu 2, iteration 5 minus itself with a constant learning rate: +0.25 to +0.33 (95 %, other seeds; p = 0.0006; on new digits +0.18 to +0.40)",
  });
  assert.equal(judged({ imagesStatus: "worse" }).verdict, "contradicted");
  assert.equal(judged({ imagesStatus: "equal" }).verdict, "contradicted");
  assert.equal(judged({ imagesStatus: "cannotSay" }).verdict, "notShown");
  assert.equal(judged({ variant: "dropout" }).verdict, "notTested");
});

Deno.test("auditClaims() judges no accuracy that one trial, part of the data or other data gave", () => {
  const cases: [Parameters<typeof recordOf>[1], readonly Curve[], string][] = [
    [{}, CURVES.slice(0, 1), "One trial shows no spread"],
    [{ manifest: { quick: true } }, CURVES, "Quick run"],
    [{ manifest: { epochs: 2 } }, CURVES, "Stopped after 2 of 5 epochs"],
    [
      { manifest: { dataset: { name: "synthetic", digests: {}, trainImages: 1, testImages: 1 } } },
      CURVES,
      "Trained on synthetic, not on MNIST",
    ],
  ];
  for (const [changes, curves, reason] of cases) {
    const findings = auditClaims(recordOf([{ iteration: FIRST, curves }], changes), CATALOG);
    for (const subject of ["test accuracy", "train accuracy"]) {
      const finding = find(findings, FIRST, subject, "epoch 1");
      assert.deepEqual([finding.verdict, finding.reason], ["notJudged", reason]);
    }
    assert.equal(find(findings, FIRST, "parameters").verdict, "consistent");
  }
});

Deno.test("auditClaims() says the same whatever the order of rows", () => {
  const record = recordOf([{ iteration: FIRST, curves: CURVES }, {
    iteration: THIRD,
    curves: [rising(0.995, 15), rising(0.9948, 17)],
  }]);
  const reversed = {
    ...record,
    trials: [...record.trials].reverse(),
    epochs: [...record.epochs].sort((a, b) => a.epoch - b.epoch || b.seed - a.seed),
  };
  assert.deepEqual(auditClaims(reversed, CATALOG), auditClaims(record, CATALOG));
});

Deno.test("auditClaims() judges epochs at which nobody looked by no number, and the last by its own", () => {
  const once = CURVES.map((curve): Curve => ({
    ...curve,
    test: curve.test.map((accuracy, index) => index === 4 ? accuracy : undefined),
  }));
  const findings = auditClaims(recordOf([{ iteration: FIRST, curves: once }]), CATALOG);
  const open = ["n/a", "notJudged", "The test set was not looked at in every epoch"];
  const show = (subject: string, part?: string) => {
    const { measured, verdict, reason } = find(findings, FIRST, subject, part);
    return [measured, verdict, reason];
  };
  assert.deepEqual(show("best test accuracy"), open);
  assert.deepEqual(show("epoch of the best accuracy"), open);
  for (let epoch = 1; epoch <= 4; epoch++) {
    assert.deepEqual(show("test accuracy", `epoch ${epoch}`), open);
    assert.deepEqual(
      show("test loss, read as batch means added up and divided by 10,000", `epoch ${epoch}`),
      open,
    );
    assert.equal(find(findings, FIRST, "train loss", `epoch ${epoch}`).verdict, "consistent");
  }
  // as with all figures
  assert.deepEqual(
    find(findings, FIRST, "test accuracy", "epoch 5"),
    find(
      auditClaims(recordOf([{ iteration: FIRST, curves: CURVES }]), CATALOG),
      FIRST,
      "test accuracy",
      "epoch 5",
    ),
  );
  assert.equal(
    show("test accuracy peaks")[2],
    "The accuracies published with it are highest at epoch 5",
  );
});
