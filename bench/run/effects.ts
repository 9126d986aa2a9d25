/**
 * `effects.csv` of a folder of ablations: what each thing that was taken out gave.
 *
 * What other seeds would say follows from `trials.csv`, and is held against it; what other writers would say needs the
 * predictions and the writers of the test images, and is kept here so that tables can be made without them.
 *
 * @module
 */
import { join } from "node:path";
import { isVariant } from "../../models/ablations/ablation.ts";
import { UsageError } from "../command_line/errors.ts";
import { quote } from "../command_line/quote.ts";
import {
  CONFIDENCE,
  describe,
  holmAdjusted,
  type Interval,
  partsInterval,
  partsTest,
  seedsPart,
} from "../statistics/mod.ts";
import { formatCsv, parseCsv, type RowOf } from "./csv.ts";
import type { RunIdentity } from "./manifest.ts";
import { readResults } from "./results.ts";
import { isCompleted, type TrialRow } from "./rows.ts";
import { MANIFEST, type RunRecord } from "./run_record.ts";
import { readIfThere } from "./whole_files.ts";

/** Accuracies are fractions, intervals at 95 %; `gain` is with the thing minus without it, paired by seed. */
export const EFFECT_COLUMNS = {
  variant: "text",
  iteration: "number",
  base: "number",
  factor: "text",
  instead: "text",
  parameters: "number",
  seeds: "number",
  /** Mean of the seeds that the whole recipe has too. */
  accuracy: "number",
  gain: "number",
  imagesLow: "number",
  imagesHigh: "number",
  imagesP: "number",
  imagesAdjustedP: "number",
  imagesStatus: "text",
  digitsLow: "number?",
  digitsHigh: "number?",
  digitsP: "number?",
  digitsAdjustedP: "number?",
  digitsStatus: "text",
} as const;
export type EffectRow = RowOf<typeof EFFECT_COLUMNS>;

/** What is said of a gain: the thing helps, hurts, makes less difference than counts, or nothing can be said. */
export const EFFECT_WORDS = {
  better: "helps",
  worse: "hurts",
  equal: "makes no difference",
  cannotSay: "cannot say",
  notJudged: "not judged",
} as const;
export type EffectStatus = keyof typeof EFFECT_WORDS;

/** Differences below 0.1 points count as none, as in `compare`. */
export const EFFECT_MARGIN = 0.001;
export const EFFECT_ALPHA = 1 - CONFIDENCE;
/** Fewest seeds in common of which anything can be said. */
export const FEWEST_PAIRS = 2;

/**
 * The file's words as a status.
 *
 * @throws {UsageError} If they are none.
 */
export function statusOf(text: string): EffectStatus {
  const known = Object.keys(EFFECT_WORDS) as EffectStatus[];
  const status = known.find((each) => each === text);
  if (status !== undefined) return status;
  throw new UsageError(
    `Cannot use the effects: expected a status of ${known.join(", ")}, got ${
      quote(text)
    }; run \`deno task ablate\` again`,
  );
}

/** What is said of a gain with this p-value, corrected; `wide` is the interval that holds for all variants together. */
export function statusOfGain(
  gain: number,
  { p, wide }: { readonly p: number; readonly wide: Interval },
): EffectStatus {
  if (p < EFFECT_ALPHA) return gain > 0 ? "better" : "worse";
  return isBelowMargin(wide) ? "equal" : "cannotSay";
}

const isBelowMargin = ({ low, high }: Interval) => low > -EFFECT_MARGIN && high < EFFECT_MARGIN;

export const EFFECTS = "effects.csv";

export function formatEffects(rows: readonly EffectRow[]): string {
  return formatCsv(EFFECT_COLUMNS, rows);
}

/** Gains are sums of binary fractions; p-values come out of a few hundred operations. */
const ROUNDING = 1e-9;

/**
 * The effects of a folder, held against its trials; undefined where nobody has measured them.
 *
 * All that other seeds would say is computed again. Of what other writers would say, only that the row agrees with
 * itself: the rest needs predictions and writers.
 *
 * @throws {UsageError} If a row is not what the trials give, or a variant that can be judged has none.
 */
export function readEffects(
  folder: string,
  { trials, manifest }: Pick<RunRecord, "trials" | "manifest">,
): EffectRow[] | undefined {
  const name = join(folder, EFFECTS), text = readIfThere(name);
  if (text === undefined) return undefined;
  const rows = parseCsv(EFFECT_COLUMNS, text, { name });
  const refuse = (wanted: string, got: string) =>
    new UsageError(`Cannot use "${name}": expected ${wanted}, got ${got}; run \`deno task ablate\` again`);
  const bases = manifest.iterations.filter((each) => !isVariant(each)).map(({ id }) => id);
  const variants = manifest.iterations.filter(isVariant).map(({ id }) => id);
  const wanted = variants.filter((id) =>
    bases.some((base) => pairedGains(trials, id, base).length >= FEWEST_PAIRS)
  );
  const there = rows.map(({ iteration }) => iteration).sort((a, b) => a - b);
  if (there.join() !== wanted.sort((a, b) => a - b).join()) {
    throw refuse(`a row for each of ${wanted.join(", ")}`, there.join(", ") || "none");
  }
  const trained =
    variants.filter((id) => trials.some((row) => row.iteration === id && isCompleted(row))).length;
  const images = holmAdjusted(rows.map(({ imagesP }) => imagesP));
  const digits = holmAdjusted(rows.map(({ digitsP }) => digitsP ?? 1));
  rows.forEach((row, at) => {
    if (!bases.includes(row.base)) {
      throw refuse(`one of ${bases.join(", ")} as the base of "${row.variant}"`, String(row.base));
    }
    const found = {
      ...effectOfSeeds(row, {
        trials,
        testImages: manifest.dataset.testImages,
        trained,
        adjustedP: images[at],
      }),
      ...effectOfDigits(row, digits[at]),
    };
    for (const [column, value] of Object.entries(found)) {
      const wrote = row[column as keyof typeof found];
      const isSame = typeof wrote === "number" && typeof value === "number"
        ? Math.abs(wrote - value) <= ROUNDING
        : wrote === value;
      if (isSame) continue;
      throw refuse(
        `${column} ${value ?? "empty"} of "${row.variant}" as trials.csv gives`,
        wrote === undefined ? "none" : typeof wrote === "number" ? String(wrote) : quote(wrote),
      );
    }
  });
  return rows;
}

/** What the trials alone give of a row; NaN, which nothing equals, where they give none. */
function effectOfSeeds(
  { iteration, base, imagesHigh }: EffectRow,
  { trials, testImages, trained, adjustedP }: {
    readonly trials: readonly TrialRow[];
    readonly testImages: number;
    /** How many variants verdicts hold for together. */
    readonly trained: number;
    readonly adjustedP: number;
  },
) {
  const pairs = pairedTrials(trials, iteration, base), gains = pairs.map(({ gain }) => gain);
  const gain = describe(gains)?.mean ?? NaN;
  // two networks that err on the same images: nothing is hidden by counting whole ones
  const isSameNetwork = gains.every((each) => each === 0) && imagesHigh === 0;
  const parts = gains.length < FEWEST_PAIRS || isSameNetwork ? [] : [seedsPart(gains, testImages)];
  const { low, high } = partsInterval(gain, parts, CONFIDENCE);
  return {
    seeds: gains.length,
    accuracy: describe(pairs.map(({ accuracy }) => accuracy))?.mean ?? NaN,
    gain,
    imagesLow: low,
    imagesHigh: high,
    imagesP: partsTest(gain, parts),
    imagesAdjustedP: adjustedP,
    imagesStatus: statusOfGain(gain, {
      p: adjustedP,
      wide: partsInterval(gain, parts, 1 - EFFECT_ALPHA / trained),
    }),
  };
}

/** What of a row on other writers follows from the rest of it; nothing where it has none. */
function effectOfDigits(
  { gain, digitsLow, digitsHigh, digitsP, digitsStatus }: EffectRow,
  adjustedP: number,
) {
  const isEmpty = digitsLow === undefined || digitsHigh === undefined || digitsP === undefined;
  if (isEmpty) {
    return {
      digitsLow: undefined,
      digitsHigh: undefined,
      digitsP: undefined,
      digitsAdjustedP: undefined,
      digitsStatus: "notJudged",
    };
  }
  const interval = { low: digitsLow, high: digitsHigh };
  const status = statusOfGain(gain, { p: adjustedP, wide: interval });
  return {
    // the interval lies around the gain
    digitsLow: 2 * gain - digitsHigh,
    digitsAdjustedP: adjustedP,
    // the interval for all variants together is wider than the row's own, so that what this calls equal may not be
    digitsStatus: status === "equal" && digitsStatus === "cannotSay" ? digitsStatus : status,
  };
}

/** What ablations gave: effects within one run, whatever measured the results that they are said beside. */
export interface MeasuredEffects {
  readonly engine: RunIdentity["engine"];
  readonly rows: readonly EffectRow[];
}

/**
 * The effects of a published folder of ablations; undefined where there is no such folder, or nobody has measured them.
 *
 * @throws {UsageError} If it is no whole run on MNIST, `readResults` refuses it, or `readEffects` does.
 */
export function readPublishedEffects(folder: string): MeasuredEffects | undefined {
  return readIfThere(join(folder, MANIFEST)) === undefined
    ? undefined
    : recordedEffects(folder, readResults(folder));
}

/**
 * The same of a folder whose files are about to be made anew, so that their digests are not asked.
 *
 * @throws {UsageError} As `readPublishedEffects`.
 */
export function recordedEffects(folder: string, record: RunRecord): MeasuredEffects | undefined {
  checkPublishable(folder, record.manifest);
  const rows = readEffects(folder, record);
  return rows && { engine: record.manifest.engine, rows };
}

/**
 * Checks that effects of a folder may be published.
 *
 * @throws {UsageError} If it is no whole run on MNIST.
 */
export function checkPublishable(
  folder: string,
  { dataset, validation, quick, epochs }: RunIdentity,
): void {
  if (dataset.name !== "mnist" || validation !== undefined || quick || epochs !== null) {
    throw new UsageError(
      `Cannot use the ablations in "${folder}": expected whole trainings on MNIST, tested on its test set, got others; train them again`,
    );
  }
}

/** Final accuracy of `base` minus that of `variant`, of each seed that both completed. */
export function pairedGains(trials: readonly TrialRow[], variant: number, base: number): number[] {
  return pairedTrials(trials, variant, base).map(({ gain }) => gain);
}

/** The same with the variant's accuracy. */
function pairedTrials(trials: readonly TrialRow[], variant: number, base: number) {
  const completed = trials.filter(isCompleted);
  return completed.filter(({ iteration }) => iteration === base).flatMap(({ seed, finalTestAccuracy }) => {
    const other = completed.find((trial) => trial.iteration === variant && trial.seed === seed);
    if (other === undefined) return [];
    return [{ accuracy: other.finalTestAccuracy, gain: finalTestAccuracy - other.finalTestAccuracy }];
  });
}
