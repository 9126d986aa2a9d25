/**
 * What taking each thing out costs: paired by seed and by test image with the whole recipe, as `compare` does.
 *
 * @module
 */
import { isVariant } from "../../models/ablations/ablation.ts";
import { UsageError } from "../command_line/errors.ts";
import { compareSides, type NoVerdict, type Verdict } from "../compare/compare.ts";
import { commonSeeds, lostTrials, type Side } from "../compare/side.ts";
import {
  checkPublishable,
  EFFECT_ALPHA,
  EFFECT_MARGIN,
  type EffectRow,
  type EffectStatus,
  FEWEST_PAIRS,
  type MeasuredEffects,
  statusOfGain,
} from "../run/effects.ts";
import { compareRows, isCompleted } from "../run/rows.ts";
import { predictionsPath, type RunRecord } from "../run/run_record.ts";
import type { TestLabels } from "../run/test_labels.ts";
import { readBytesIfThere } from "../run/whole_files.ts";
import { holmAdjusted } from "../statistics/mod.ts";
import { recordedVariants } from "./ablate.ts";
import type { Variant } from "./variants.ts";

/** The effects of all variants that have at least two seeds in common with the whole recipe. */
export function measureEffects(
  folder: string,
  record: RunRecord,
  { base, variants, test }: {
    readonly base: number;
    readonly variants: readonly Variant[];
    readonly test: TestLabels;
  },
): EffectRow[] {
  const whole = sideOf(folder, record, base);
  if (whole === undefined) return [];
  return judgeEffects(
    whole,
    variants.flatMap((variant) => {
      const side = sideOf(folder, record, variant.iteration.id);
      return side === undefined ? [] : [{ variant, side }];
    }),
    test,
  );
}

/**
 * The effects of a published folder of ablations, from its trials and predictions.
 *
 * @throws {UsageError} If it is no whole run on MNIST of one iteration and its variants.
 */
export function measurePublishedEffects(
  folder: string,
  record: RunRecord,
  test: TestLabels,
): MeasuredEffects {
  const { manifest } = record, bases = manifest.iterations.filter((each) => !isVariant(each));
  checkPublishable(folder, manifest);
  if (bases.length !== 1) {
    throw new UsageError(
      `Cannot use the ablations in "${folder}": expected one iteration with its variants, got ${bases.length} iterations; give each a folder`,
    );
  }
  const variants = recordedVariants(manifest.iterations);
  return {
    engine: manifest.engine,
    rows: measureEffects(folder, record, { base: bases[0].id, variants, test }),
  };
}

/** The effects of variants, each with its trials, against those of the whole recipe. */
export function judgeEffects(
  whole: Side,
  variants: readonly { readonly variant: Variant; readonly side: Side }[],
  test: TestLabels,
): EffectRow[] {
  const measured = variants.flatMap(({ variant, side }) => {
    // the whole recipe second: what it has more is the gain
    const sides = [inCommon(side, whole), inCommon(whole, side)];
    if (sides[0].trials.length < FEWEST_PAIRS) return [];
    const rules = { alpha: EFFECT_ALPHA, margin: EFFECT_MARGIN };
    const comparison = compareSides(sides, test, rules);
    const [pair] = comparison.pairs;
    if (pair.seeds === undefined || pair.images.status === "notJudged") return [];
    // intervals that hold for all variants together, for what is said to be equal
    const [together] = compareSides(sides, test, { ...rules, alpha: EFFECT_ALPHA / variants.length }).pairs;
    return [{
      variant,
      pair,
      images: pair.images,
      together,
      accuracy: comparison.summaries[0].accuracy.mean,
    }];
  });
  const images = judgeTogether(
    measured.map(({ images, together }) => ({ verdict: images, wide: together.images })),
  );
  const digits = judgeTogether(
    measured.map(({ pair, together }) => ({ verdict: pair.digits, wide: together.digits })),
  );
  return measured.map(
    ({ variant: { name, factor, instead, iteration }, pair, images: ofImages, accuracy }, at) => {
      const ofDigits = pair.digits.status === "notJudged" ? undefined : pair.digits;
      return {
        variant: name,
        iteration: iteration.id,
        base: whole.iteration.id,
        factor,
        instead,
        parameters: iteration.parameters,
        seeds: pair.seeds!.length,
        accuracy,
        gain: pair.difference,
        imagesLow: ofImages.interval.low,
        imagesHigh: ofImages.interval.high,
        imagesP: ofImages.p,
        imagesAdjustedP: images[at].p!,
        imagesStatus: images[at].status,
        digitsLow: ofDigits?.interval.low,
        digitsHigh: ofDigits?.interval.high,
        digitsP: ofDigits?.p,
        digitsAdjustedP: digits[at].p,
        digitsStatus: digits[at].status,
      };
    },
  );
}

/** A side with the seeds alone that another has too. */
function inCommon(side: Side, other: Side): Side {
  const common = commonSeeds(side, other);
  return { ...side, trials: side.trials.filter(({ row }) => common.includes(row.seed)) };
}

/** The verdicts of one kind, corrected by Holm's method over all variants. */
function judgeTogether(
  pairs: readonly { readonly verdict: Verdict | NoVerdict; readonly wide: Verdict | NoVerdict }[],
): { readonly p?: number; readonly status: EffectStatus }[] {
  const adjusted = holmAdjusted(pairs.map(({ verdict }) => verdict.status === "notJudged" ? 1 : verdict.p));
  return pairs.map(({ verdict, wide }, at) => {
    if (verdict.status === "notJudged" || wide.status === "notJudged") return { status: "notJudged" };
    const p = adjusted[at], { low, high } = verdict.interval;
    return { p, status: statusOfGain((low + high) / 2, { p, wide: wide.interval }) };
  });
}

/** An iteration of the folder with its completed trials; undefined without any. */
function sideOf(folder: string, { manifest, trials }: RunRecord, id: number): Side | undefined {
  const iteration = manifest.iterations.find((each) => each.id === id);
  const rows = trials.filter((row) => row.iteration === id).sort(compareRows);
  const ofThis = rows.filter(isCompleted).flatMap((row) => {
    const predictions = readBytesIfThere(folder, predictionsPath(row));
    return predictions === undefined ? [] : [{ row, predictions }];
  });
  if (iteration === undefined || ofThis.length === 0) return undefined;
  return {
    name: iteration.title,
    iteration,
    identity: manifest,
    folders: [folder],
    trials: ofThis,
    lost: lostTrials(rows),
  };
}
