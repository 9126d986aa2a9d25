/**
 * Where a new trial would lie, judged from the trials that were measured.
 *
 * @module
 */
import {
  binomialStandardError,
  CONFIDENCE,
  type Distribution,
  type Interval,
  leastDeviation,
  normalQuantile,
  tQuantile,
  type Unit,
} from "../../statistics/mod.ts";

/**
 * How the audit judges a published number, in words for a table's foot.
 */
export const CLAIM_RULE =
  "A published number is one trial. It is consistent where it lies within the 95 % prediction interval of one new " +
  "trial: mean ± √(t²·SD²·(1 + 1/n) + z²·p(1 − p)/N), Student's t of the n measured trials and, for an accuracy, the " +
  "binomial noise of the N images counted, with p halfway between the published number and the mean. It may lie outside " +
  "by what it was rounded by: half of its last digit, half an epoch, or as far as “about” says. The SD of accuracies is " +
  "taken to be at least 1/√12 images, of epochs 1/√12. It needs at least two trials. About one true claim in twenty " +
  "falls outside.";

/**
 * The prediction interval of one new value, of 95 % unless `confidence` says otherwise: mean ± t·SD·√(1 + 1/n), the
 * margin combined with the binomial one of a share `share` counted on `images` images as the root of the sum of squares;
 * undefined for fewer than two values.
 *
 * The images of MNIST's test set are the same in every trial, so part of the binomial noise is in none of the
 * differences: the interval is wide rather than narrow.
 *
 * Source: Hahn and Meeker, "Statistical Intervals" (1991), chapter 4, for the t part.
 */
export function predictionInterval(
  { n, mean, deviation }: Distribution,
  { unit, counted, confidence = CONFIDENCE }: Unit & {
    readonly counted?: { readonly share: number; readonly images: number };
    readonly confidence?: number;
  },
): Interval | undefined {
  if (deviation === undefined) return undefined;
  const p = (1 + confidence) / 2;
  const trials = tQuantile(p, n - 1) * leastDeviation(deviation, { unit }) * Math.sqrt(1 + 1 / n);
  const images = counted === undefined
    ? 0
    : normalQuantile(p) * binomialStandardError(counted.share, counted.images);
  const margin = Math.hypot(trials, images);
  return { low: mean - margin, high: mean + margin };
}
