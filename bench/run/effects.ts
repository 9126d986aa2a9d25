/**
 * `effects.csv` of a folder of ablations: what each thing that was taken out gave.
 *
 * What other seeds would say follows from `trials.csv`, and is held against it; what other writers would say needs the
 * predictions and the writers of the test images, and is kept here so that tables can be made without them.
 *
 * @module
 */
import { join } from "node:path";
import { UsageError } from "../command_line/errors.ts";
import { holmAdjusted, partsTest, seedsPart } from "../statistics/mod.ts";
import { formatCsv, parseCsv, type RowOf } from "./csv.ts";
import type { RunIdentity } from "./manifest.ts";
import { isCompleted, type TrialRow } from "./rows.ts";
import { readRunFolder, type RunRecord } from "./run_record.ts";
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

/** The file's words as a status. */
export function statusOf(text: string): EffectStatus {
  const known = Object.keys(EFFECT_WORDS) as EffectStatus[];
  return known.find((each) => each === text) ?? "notJudged";
}

export const EFFECTS = "effects.csv";

export function formatEffects(rows: readonly EffectRow[]): string {
  return formatCsv(EFFECT_COLUMNS, rows);
}

/** Gains are sums of binary fractions; p-values come out of a few hundred operations. */
const ROUNDING = 1e-9;

/**
 * The effects of a folder, held against its trials; undefined where nobody has measured them.
 *
 * @throws {UsageError} If a row is not what the trials give.
 */
export function readEffects(
  folder: string,
  { trials, manifest }: Pick<RunRecord, "trials" | "manifest">,
): EffectRow[] | undefined {
  const name = join(folder, EFFECTS), text = readIfThere(name);
  if (text === undefined) return undefined;
  const rows = parseCsv(EFFECT_COLUMNS, text, { name });
  const adjusted = holmAdjusted(rows.map(({ imagesP }) => imagesP));
  rows.forEach((row, index) => {
    const gains = pairedGains(trials, row.iteration, row.base);
    const gain = gains.reduce((sum, value) => sum + value, 0) / gains.length;
    const p = gains.length < 2 ? NaN : partsTest(gain, [seedsPart(gains, manifest.dataset.testImages)]);
    const compared: [string, number, number][] = [
      ["seeds", row.seeds, gains.length],
      ["gain", row.gain, gain],
      ["imagesP", row.imagesP, p],
      ["imagesAdjustedP", row.imagesAdjustedP, adjusted[index]],
    ];
    for (const [column, wrote, found] of compared) {
      if (Math.abs(wrote - found) <= ROUNDING) continue;
      throw new UsageError(
        `Cannot use "${name}": expected ${column} ${found} of "${row.variant}" as trials.csv gives, got ${wrote}; run \`deno task ablate\` again`,
      );
    }
  });
  return rows;
}

/** What ablations gave: effects within one run, whatever measured the results that they are said beside. */
export interface MeasuredEffects {
  readonly engine: RunIdentity["engine"];
  readonly rows: readonly EffectRow[];
}

/**
 * The effects of a published folder of ablations; undefined where there is no such folder, or nobody has measured them.
 *
 * @throws {UsageError} If it is no whole run on MNIST, or `readEffects` refuses it.
 */
export function readPublishedEffects(folder: string): MeasuredEffects | undefined {
  const record = readRunFolder(folder);
  if (record === undefined) return undefined;
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
  const completed = trials.filter(isCompleted);
  return completed.filter(({ iteration }) => iteration === base).flatMap(({ seed, finalTestAccuracy }) => {
    const other = completed.find((trial) => trial.iteration === variant && trial.seed === seed);
    return other === undefined ? [] : [finalTestAccuracy - other.finalTestAccuracy];
  });
}
