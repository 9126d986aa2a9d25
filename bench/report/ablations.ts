/**
 * What ablations came to: one table of effects, for a terminal, for Markdown, and for whoever reads it as JSON.
 *
 * @module
 */
import {
  formatCount,
  formatMean,
  formatP,
  formatPercent,
  formatPoints,
  MISSING,
  plural,
} from "../command_line/format.ts";
import { recordedVariants } from "../ablate/ablate.ts";
import { paint } from "../command_line/paint.ts";
import { EFFECT_WORDS, type EffectRow, statusOf } from "../run/effects.ts";
import type { Manifest } from "../run/manifest.ts";
import type { RunRecord } from "../run/run_record.ts";
import { summarizeIteration } from "../run/summary.ts";
import { layOut, type Screen, wrap } from "./layout.ts";
import { escapeMarkdown, serializeTable } from "./markdown.ts";
import { columns, QUICK_WARNING, runTitle, saidOf, type Table, validationNote } from "./report.ts";

/** The document in a folder of ablations. */
export const ABLATIONS_FILE = "ABLATIONS.md";

/** One line per thing that was taken out. */
export function effectsTable(rows: readonly EffectRow[]): Table {
  return {
    columns: columns(
      "Without",
      "> Parameters",
      "> n",
      "> Final [%]",
      "> Gain [points]",
      "> Other seeds, 95 %",
      "> p",
      "On these images",
      "> Other writers, 95 %",
      "On new digits",
    ),
    rows: rows.map((row) => [
      row.variant,
      formatCount(row.parameters),
      String(row.seeds),
      formatPercent(row.accuracy),
      formatPoints(row.gain),
      interval(row.imagesLow, row.imagesHigh),
      formatP(row.imagesAdjustedP),
      EFFECT_WORDS[statusOf(row.imagesStatus)],
      interval(row.digitsLow, row.digitsHigh),
      EFFECT_WORDS[statusOf(row.digitsStatus)],
    ]),
  };
}

/** The same in few columns, for a document that says more elsewhere; the largest gain first. */
export function briefEffectsTable(rows: readonly EffectRow[]): Table {
  return {
    columns: columns(
      "Taken out",
      "In its place",
      "> Gain [points]",
      "> 95 %, other seeds",
      "On these images",
      "On new digits",
    ),
    rows: [...rows].sort((a, b) => b.gain - a.gain).map((row) => [
      row.factor,
      row.instead,
      formatPoints(row.gain),
      interval(row.imagesLow, row.imagesHigh),
      EFFECT_WORDS[statusOf(row.imagesStatus)],
      EFFECT_WORDS[statusOf(row.digitsStatus)],
    ]),
  };
}

/** What a document says below that table. */
export function briefEffectsNote(rows: readonly EffectRow[], manifest: Manifest): string {
  const { engine } = manifest, missing = missingLine(rows, manifest);
  const seeds = rows.map((row) => row.seeds), least = Math.min(...seeds), most = Math.max(...seeds);
  return `Gain: final accuracy with it minus without it, paired by seed (${
    least === most ? least : `${least} to ${most}`
  } seeds, engine ${engine.name} ${engine.version}); verdicts by Holm's method over all lines. ${
    missing === undefined ? "" : `${escapeMarkdown(missing)} `
  }` +
    `Every effect: [results/ablations](results/ablations/${ABLATIONS_FILE}).`;
}

function interval(low: number | undefined, high: number | undefined): string {
  return low === undefined || high === undefined ? MISSING : `${formatPoints(low)} to ${formatPoints(high)}`;
}

/** What the columns mean. */
const NOTE =
  "Gain: final test accuracy with the thing minus without it, paired by seed; above 0 it helps. Intervals for each " +
  "alone, at 95 %: what other seeds would give on these test images, and what other seeds and other writers would. " +
  "p: two-sided, by Holm's method over all lines; the verdicts follow it. Makes no difference: it is shown that it is less than 0.10 points.";

const MEANING_TABLE = columns("Without", "What is taken out", "What stands in its place");

/** What a person sees. */
export function effectsText(rows: readonly EffectRow[], record: RunRecord, screen: Screen): string {
  const { manifest } = record, missing = [missingLine(rows, manifest)].filter((line) => line !== undefined);
  const title = `${paint("Ablations", "bold", screen.color)}  ${runTitle(manifest)}`;
  const dropped = [
    "Parameters",
    "Final [%]",
    "n",
    "p",
    "Other writers, 95 %",
    "On new digits",
    "Other seeds, 95 %",
  ];
  return [
    wrap(title, screen),
    wrap(wholeLine(rows, record), screen),
    ...missing.map((line) => wrap(line, screen)),
    layOut(effectsTable(rows), screen, dropped),
    wrap(saidOf(manifest, NOTE), screen),
    ...validationNote(manifest).map((line) => wrap(line, screen)),
    ...(manifest.quick ? [wrap(QUICK_WARNING, screen)] : []),
    "",
  ].join("\n");
}

/** The whole recipe, which all are held against. */
function wholeLine(rows: readonly EffectRow[], record: RunRecord): string {
  const base = record.manifest.iterations.find(({ id }) => id === rows[0]?.base);
  if (base === undefined) return "There is no effect to show yet.";
  const { final, parameters } = summarizeIteration(base, record);
  return `The whole recipe, iteration ${base.id} ${base.title}: ${formatMean(final)} % with ${
    parameters === undefined ? MISSING : formatCount(parameters)
  } parameters (n = ${final?.n ?? 0}).`;
}

/** Which variants that were to be trained are in no line; undefined where none. */
function missingLine(
  rows: readonly EffectRow[],
  { iterations }: Pick<Manifest, "iterations">,
): string | undefined {
  const variants = recordedVariants(iterations);
  const missing = variants.filter(({ iteration: { id } }) => rows.every((row) => row.iteration !== id));
  if (missing.length === 0) return undefined;
  return `${missing.length} of ${plural(variants.length, "variant")} ${
    missing.length === 1 ? "has" : "have"
  } no two seeds in common with the whole recipe yet: ${missing.map(({ name }) => name).join(", ")}.`;
}

/** The text of `ABLATIONS.md`. */
export function effectsMarkdown(rows: readonly EffectRow[], record: RunRecord): string {
  const { manifest } = record, missing = [missingLine(rows, manifest)].filter((line) => line !== undefined);
  return [
    "# Ablations",
    `${escapeMarkdown(runTitle(manifest))}.`,
    ...(manifest.quick ? [`**${QUICK_WARNING}**`] : []),
    ...validationNote(manifest),
    escapeMarkdown(wholeLine(rows, record)),
    ...missing.map((line) => `**${escapeMarkdown(line)}**`),
    serializeTable(effectsTable(rows)),
    saidOf(manifest, NOTE),
    serializeTable({
      columns: MEANING_TABLE,
      rows: rows.map((row) => [row.variant, row.factor, row.instead]),
    }),
    "Every trial is in `trials.csv`, every effect unrounded in `effects.csv`.",
  ].join("\n\n") + "\n";
}
