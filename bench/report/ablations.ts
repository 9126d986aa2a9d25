/**
 * What ablations came to: one table of effects, for a terminal, for Markdown, and for whoever reads it as JSON.
 *
 * @module
 */
import { isAblation, isVariant } from "../../models/ablations/ablation.ts";
import {
  formatCount,
  formatMean,
  formatNumberList,
  formatP,
  formatPercent,
  formatPoints,
  MISSING,
  plural,
} from "../command_line/format.ts";
import { paint } from "../command_line/paint.ts";
import { wrap } from "../command_line/wrap.ts";
import { recordedVariants } from "../ablate/ablate.ts";
import { planAblations, type Variant } from "../ablate/variants.ts";
import { EFFECT_WORDS, type EffectRow, FEWEST_PAIRS, statusOf } from "../run/effects.ts";
import type { Manifest, RunIdentity } from "../run/manifest.ts";
import { isCompleted, type TrialRow } from "../run/rows.ts";
import type { RunRecord } from "../run/run_record.ts";
import { summarizeIteration } from "../run/summary.ts";
import { isMnistTest } from "../run/test_labels.ts";
import { layOut, type Screen } from "./layout.ts";
import { escapeMarkdown, serializeTable } from "./markdown.ts";
import { columns, QUICK_WARNING, runTitle, saidOf, type Table, validationNote } from "./report.ts";

/** The document in a folder of ablations. */
export const ABLATIONS_FILE = "ABLATIONS.md";

/** One line per thing that was taken out. */
export function effectsTable(rows: readonly EffectRow[], identity: RunIdentity): Table {
  const { writers, digits } = othersOf(identity);
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
      `> ${writers}`,
      digits,
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

/** What a second population is called: where a data set has writers on record, images are not independent. */
function othersOf({ dataset, validation }: RunIdentity) {
  const hasWriters = validation === undefined
    ? dataset.name === "mnist" || isMnistTest(dataset)
    : validation.writers !== null;
  return hasWriters
    ? { writers: "Other writers, 95 %", digits: "On new digits", words: "other writers" }
    : { writers: "Other images, 95 %", digits: "On new images", words: "other images" };
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
export function briefEffectsNote(rows: readonly EffectRow[], record: RunRecord): string {
  const { manifest } = record, { engine } = manifest;
  const seeds = rows.map((row) => row.seeds), least = Math.min(...seeds), most = Math.max(...seeds);
  return `Gain: final accuracy with it minus without it, paired by seed (${
    least === most ? least : `${least} to ${most}`
  } seeds, engine ${engine.name} ${engine.version}); verdicts by Holm's method over all lines. ${
    [...gapLines(rows, record), ...untriedLine(manifest)].map((line) => `${escapeMarkdown(line)} `).join("")
  }Every effect: [results/ablations](results/ablations/${ABLATIONS_FILE}).`;
}

function interval(low: number | undefined, high: number | undefined): string {
  return low === undefined || high === undefined ? MISSING : `${formatPoints(low)} to ${formatPoints(high)}`;
}

/** What the columns mean. */
function noteOf(identity: RunIdentity): string {
  const { words } = othersOf(identity);
  return saidOf(
    identity,
    "Gain: final test accuracy with the thing minus without it, paired by seed; above 0 it helps. Intervals for each " +
      `alone, at 95 %: what other seeds would give on these test images, and what other seeds and ${words} would. ` +
      "p: two-sided, by Holm's method over all lines; the verdicts follow it. Makes no difference: it is shown that it is less than 0.10 points.",
  );
}

const MEANING_TABLE = columns("Without", "What is taken out", "What stands in its place");

/** What a person sees. */
export function effectsText(rows: readonly EffectRow[], record: RunRecord, screen: Screen): string {
  const { manifest } = record;
  const title = `${paint("Ablations", "bold", screen.color)}  ${runTitle(manifest)}`;
  const { writers, digits } = othersOf(manifest);
  const dropped = [
    "Parameters",
    "Final [%]",
    "n",
    "p",
    writers,
    digits,
    "Other seeds, 95 %",
  ];
  return [
    wrap(title, screen),
    wrap(wholeLine(rows, record), screen),
    ...gapLines(rows, record).map((line) => wrap(line, screen)),
    layOut(effectsTable(rows, manifest), screen, dropped),
    wrap(noteOf(manifest), screen),
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

/** What the lines do not say: trials that were lost, and variants without a line. */
function gapLines(rows: readonly EffectRow[], { manifest, trials }: RunRecord): string[] {
  const { iterations } = manifest, variants = recordedVariants(iterations);
  const whole = iterations.filter((each) => !isVariant(each)).map(({ id }) => ({
    id,
    name: "the whole recipe",
  }));
  const recipes = [...whole, ...variants.map(({ name, iteration: { id } }) => ({ id, name }))];
  const lost = recipes.flatMap(({ id, name }) => {
    const text = lostText(trials.filter(({ iteration }) => iteration === id));
    return text === undefined ? [] : [`${name}: ${text}`];
  });
  const hasDiverged = trials.some(({ status }) => status === "diverged");
  // a trial that failed is trained again by the next command, one that diverged is as it is
  const ended = (id: number) =>
    trials.filter(({ iteration, status }) => iteration === id && status !== "failed").map(({ seed }) => seed);
  const missing = variants.filter(({ iteration: { id } }) => rows.every((row) => row.iteration !== id));
  const isOver = ({ iteration }: Variant) =>
    whole.some(({ id }) => {
      const seeds = ended(id);
      return ended(iteration.id).filter((seed) => seeds.includes(seed)).length >= FEWEST_PAIRS;
    });
  return [
    ...(lost.length === 0 ? [] : [
      `Not counted: ${lost.join("; ")}.${
        hasDiverged ? " A recipe that diverges is worse than its accuracy says." : ""
      }`,
    ]),
    ...withoutLine(missing.filter(isOver), {
      of: variants.length,
      why: "too few trials that ran to their end to be judged",
    }),
    ...withoutLine(missing.filter((variant) => !isOver(variant)), {
      of: variants.length,
      why: "no two seeds in common with the whole recipe yet",
    }),
  ];
}

/** Which variants have no line, and why; nothing where none. */
function withoutLine(
  variants: readonly Variant[],
  { of, why }: { readonly of: number; readonly why: string },
): string[] {
  if (variants.length === 0) return [];
  return [
    `${variants.length} of ${plural(of, "variant")} ${variants.length === 1 ? "has" : "have"} ${why}: ${
      variants.map(({ name }) => name).join(", ")
    }.`,
  ];
}

/** Which of a recipe's trials did not run to their end; undefined where all did. */
function lostText(rows: readonly TrialRow[]): string | undefined {
  const lost = rows.filter((row) => !isCompleted(row));
  if (lost.length === 0) return undefined;
  const parts = [...new Set(lost.map(({ status }) => status))].map((status) => {
    const seeds = lost.filter((row) => row.status === status).map(({ seed }) => seed);
    return `${seeds.length} of ${plural(rows.length, "trial")} ${status} (seed${
      seeds.length === 1 ? "" : "s"
    } ${formatNumberList(seeds)})`;
  });
  return parts.join(", ");
}

/** What the recipe has and was never taken out, where others of the project's ablations were. */
function untriedLine({ iterations }: Pick<Manifest, "iterations">): string[] {
  const base = iterations.find((each) => !isVariant(each));
  if (base === undefined || !iterations.some(isAblation)) return [];
  const untried = planAblations(base, undefined).variants
    .filter(({ iteration: { id } }) => iterations.every((each) => each.id !== id));
  if (untried.length === 0) return [];
  const names = untried.map(({ name }) => name).join(", ");
  return [
    `Not taken out, though iteration ${base.id} has ${untried.length === 1 ? "it" : "them"}: ${names}; with ${
      untried.length === 1 ? "that line" : "those lines"
    } the other verdicts would be corrected for more lines.`,
  ];
}

/** The text of `ABLATIONS.md`. */
export function effectsMarkdown(rows: readonly EffectRow[], record: RunRecord): string {
  const { manifest } = record;
  return [
    "# Ablations",
    `${escapeMarkdown(runTitle(manifest))}.`,
    ...(manifest.quick ? [`**${QUICK_WARNING}**`] : []),
    ...validationNote(manifest),
    escapeMarkdown(wholeLine(rows, record)),
    ...gapLines(rows, record).map((line) => `**${escapeMarkdown(line)}**`),
    serializeTable(effectsTable(rows, manifest)),
    noteOf(manifest),
    ...untriedLine(manifest).map(escapeMarkdown),
    serializeTable({
      columns: MEANING_TABLE,
      rows: rows.map((row) => [row.variant, row.factor, row.instead]),
    }),
    "Every trial is in `trials.csv`, every effect unrounded in `effects.csv`.",
  ].join("\n\n") + "\n";
}
