/**
 * Claims about single digits: their accuracies, whether these can be, and which digits are easy or hard.
 *
 * Held against the predictions after the last epoch; which epoch was published is not said.
 *
 * @module
 */
import { CLASS_COUNT } from "../../../models/shape.ts";
import { classAccuracy, type Confusion, confusionsOf, imagesOf } from "../../run/confusion.ts";
import { MISSING, plural } from "../../command_line/format.ts";
import { CONFIDENCE, describe, tInterval } from "../../statistics/mod.ts";
import type { ClaimFinding } from "./finding.ts";
import { capitalize, type ClaimContext, judgeAccuracy, percent } from "./judge_number.ts";

const SUBJECT = "test accuracy by digit";
/** Accuracies were published in percent with two decimals. */
const ROUNDING = 0.000_05;
const DIGITS = Array.from({ length: CLASS_COUNT }, (_, digit) => digit);

/** Every claim about single digits. */
export function classFindings(context: ClaimContext): ClaimFinding[] {
  const { iteration, summary, record, notJudged } = context;
  const claimed = Object.entries(context.claim.perClass ?? {}).map(([digit, accuracy]) => ({
    digit: Number(digit),
    accuracy,
  }));
  const rankings = context.published.rankings.filter((claim) => claim.iteration === iteration.id);
  const confusions = notJudged === undefined ? confusionsOf(record.confusion, summary.completed) : [];
  if (confusions.length === 0) {
    const reason = notJudged ??
      "Predictions or test labels are missing; run `deno task claims` where MNIST is";
    const open = (subject: string, shown: string, part?: string): ClaimFinding => ({
      iteration: iteration.id,
      subject,
      ...(part === undefined ? {} : { part }),
      claimed: shown,
      measured: MISSING,
      verdict: "notJudged",
      reason: capitalize(reason),
    });
    return [
      ...claimed.map(({ digit, accuracy }) => open(SUBJECT, percent(accuracy), `digit ${digit}`)),
      ...rankings.map(({ best, hardest }) => open(RANKING, rankingText(best, hardest))),
    ];
  }
  return [
    ...claimed.map(({ digit, accuracy }) => judgeClass(context, confusions, digit, accuracy)),
    ...totalFinding(context, confusions, claimed),
    ...rankings.map(({ best, hardest }) => judgeRanking(context, confusions, best, hardest)),
  ];
}

function judgeClass(
  context: ClaimContext,
  confusions: readonly Confusion[],
  digit: number,
  claimed: number,
): ClaimFinding {
  const images = imagesOf(confusions[0], digit), part = `digit ${digit}`;
  const right = Math.round(claimed * images);
  if (Math.abs(right / images - claimed) > ROUNDING + 1e-9) {
    return {
      iteration: context.iteration.id,
      subject: SUBJECT,
      part,
      claimed: percent(claimed),
      measured: MISSING,
      verdict: "impossible",
      reason: `There are ${images} images of it, and no whole number of them is that share`,
    };
  }
  return judgeAccuracy(context, {
    subject: SUBJECT,
    part,
    claimed,
    measured: describe(confusions.map((confusion) => classAccuracy(confusion, digit))),
    images,
  });
}

/** Whether the published digits leave the errors that the published total asks for to the others. */
function totalFinding(
  { iteration, claim: { bestTestAccuracy }, record }: ClaimContext,
  [confusion]: readonly Confusion[],
  claimed: readonly { readonly digit: number; readonly accuracy: number }[],
): ClaimFinding[] {
  if (bestTestAccuracy === undefined || claimed.length === 0 || claimed.length === CLASS_COUNT) return [];
  const total = Math.round((1 - bestTestAccuracy) * record.manifest.dataset.testImages);
  const told = claimed.reduce(
    (sum, { digit, accuracy }) => sum + Math.round((1 - accuracy) * imagesOf(confusion, digit)),
    0,
  );
  const others = DIGITS.filter((digit) => !claimed.some((each) => each.digit === digit));
  const images = others.reduce((sum, digit) => sum + imagesOf(confusion, digit), 0);
  const left = total - told;
  return [{
    iteration: iteration.id,
    subject: "errors by digit against the best accuracy",
    claimed: `${told} of ${total}`,
    measured: `${left} left for digits ${others.join(", ")}`,
    verdict: left < 0 || left > images ? "impossible" : "consistent",
    reason: `${percent(bestTestAccuracy)} is ${plural(total, "error")}, the published digits have ${told}`,
  }];
}

const RANKING = "easiest and hardest digits";

/**
 * A ranking is contradicted where some other digit beats a named one in the mean: the paired t-interval of the
 * difference over the trials lies on the wrong side of 0, with Bonferroni's correction for the pairs compared.
 */
function judgeRanking(
  { iteration }: ClaimContext,
  confusions: readonly Confusion[],
  best: readonly number[],
  hardest: readonly number[],
): ClaimFinding {
  const pairs = [
    ...best.flatMap((named) =>
      DIGITS.filter((digit) => !best.includes(digit)).map((other) => [other, named])
    ),
    ...hardest.flatMap((named) =>
      DIGITS.filter((digit) => !hardest.includes(digit)).map((other) => [named, other])
    ),
  ];
  const confidence = 1 - (1 - CONFIDENCE) / pairs.length;
  const contradiction = pairs.find(([higher, lower]) => {
    const differences = confusions.map((each) => classAccuracy(each, higher) - classAccuracy(each, lower));
    const difference = describe(differences);
    // the coarser of the two, since one class may have more images than the other
    const unit = 1 / Math.min(imagesOf(confusions[0], higher), imagesOf(confusions[0], lower));
    const interval = difference && tInterval(difference, { unit, confidence });
    return interval !== undefined && interval.low > 0;
  });
  const mean = (digit: number) => describe(confusions.map((each) => classAccuracy(each, digit)))!.mean;
  const order = [...DIGITS].sort((a, b) => mean(b) - mean(a));
  const measured = rankingText(order.slice(0, best.length), order.slice(-hardest.length).reverse());
  const base = {
    iteration: iteration.id,
    subject: RANKING,
    claimed: rankingText(best, hardest),
    measured: `${measured} (n = ${confusions.length})`,
  };
  if (confusions.length < 2) return { ...base, verdict: "notJudged", reason: "One trial shows no spread" };
  if (contradiction === undefined) {
    return {
      ...base,
      verdict: "consistent",
      reason: "No other digit beats a named one beyond the trials' spread",
    };
  }
  const [higher, lower] = contradiction;
  return {
    ...base,
    verdict: "contradicted",
    reason: `Digit ${higher} has ${percent(mean(higher))} in the mean and digit ${lower} only ${
      percent(mean(lower))
    }, beyond the trials' spread`,
  };
}

function rankingText(best: readonly number[], hardest: readonly number[]): string {
  return `${best.join(", ")} best; ${hardest.join(", ")} hardest`;
}
